package redisstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var _ session.Roster = (*Store)(nil)

var (
	announceScript = behindPrelude("announce")
	nodesScript    = behindPrelude("nodes")
)

// Announce records a node's progress under its ID, in a hash of shard 0. The name may be
// any text.
func (s *Store) Announce(ctx context.Context, n session.Node, ttl time.Duration) error {
	_, err := s.run(ctx, announceScript, 0, n.ID, ttl.Milliseconds(), formatNode(n))
	return err
}

// Nodes lists the nodes whose announcements have not expired, in any order.
func (s *Store) Nodes(ctx context.Context) ([]session.Node, error) {
	rep, err := s.run(ctx, nodesScript, 0)
	if err != nil {
		return nil, err
	}
	const head = 3 // status, clock, now
	var nodes []session.Node
	for i := head; i+1 < len(rep); i += 2 {
		n, err := parseNode(rep.text(i), rep.text(i+1))
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
