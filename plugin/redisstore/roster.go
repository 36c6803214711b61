package redisstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/session"
)

var _ session.Roster = (*Store)(nil)

// Announce records a node's progress under its ID, in a hash of shard 0. The name may be
// any text.
func (s *Store) Announce(ctx context.Context, n session.Node, ttl time.Duration) error {
	_, err := s.send(ctx, announceScript, 0, []string{s.roster()}, []any{n.ID, ttl.Milliseconds(), formatNode(n)})
	return err
}

// roster is the key of the roster: in shard 0, since it covers all shards.
func (s *Store) roster() string { return s.shards[0].base + ":roster" }

// Nodes lists the nodes whose announcements have not expired, in any order.
func (s *Store) Nodes(ctx context.Context) ([]session.Node, error) {
	ctx, cancel := s.budget(ctx)
	defer cancel()
	if err := s.ready(ctx, 0); err != nil {
		return nil, err
	}
	records, err := try(ctx, s, 0, func(ctx context.Context) (map[string]string, error) {
		cmd := redis.NewMapStringStringCmd(ctx, "hgetall", s.roster())
		if err := s.ask(ctx, 0, &question{cmd: cmd}); err != nil {
			return nil, err
		}
		return cmd.Result()
	})
	if err != nil {
		return nil, err
	}
	var nodes []session.Node
	now := s.now(0).UnixMilli()
	for id, text := range records {
		till, record, _ := strings.Cut(text, " ")
		if now >= parseMS(till) {
			_ = s.single(ctx, 0, "hdel", s.roster(), id) // only to free it
			continue
		}
		n, err := parseNode(id, record)
		if err != nil {
			return nil, unavailable(fmt.Errorf("roster: %w", err))
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

// nodeSeparator comes between a node's positions and its name. Positions never contain it, so
// the name may be any text, even with separators.
const nodeSeparator = "|"

// formatNode writes "ms-seq ms-seq ...|name".
func formatNode(n session.Node) string {
	positions := make([]string, len(n.Applied))
	for i, p := range n.Applied {
		positions[i] = formatPosition(p)
	}
	return strings.Join(positions, " ") + nodeSeparator + n.Name
}

func parseNode(id, text string) (session.Node, error) {
	positions, name, _ := strings.Cut(text, nodeSeparator)
	n := session.Node{ID: id, Name: name}
	for _, position := range strings.Fields(positions) {
		p, err := parsePosition(position)
		if err != nil {
			return session.Node{}, err
		}
		n.Applied = append(n.Applied, p)
	}
	return n, nil
}
