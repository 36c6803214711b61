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

// Announce notes a node's progress, in a hash of shard 0.
func (s *Store) Announce(ctx context.Context, n session.Node, ttl time.Duration) error {
	positions := make([]string, len(n.Applied))
	for i, p := range n.Applied {
		positions[i] = formatPosition(p)
	}
	_, err := s.run(ctx, announceScript, 0, n.Name, ttl.Milliseconds(), strings.Join(positions, " "))
	return err
}

// Nodes lists the nodes that are not forgotten, in no order.
func (s *Store) Nodes(ctx context.Context) ([]session.Node, error) {
	rep, err := s.run(ctx, nodesScript, 0)
	if err != nil {
		return nil, err
	}
	const head = 3 // status, clock, now
	var nodes []session.Node
	for i := head; i+1 < len(rep); i += 2 {
		n := session.Node{Name: rep.text(i)}
		for _, text := range strings.Fields(rep.text(i + 1)) {
			p, err := parsePosition(text)
			if err != nil {
				return nil, unavailable(fmt.Errorf("roster: %w", err))
			}
			n.Applied = append(n.Applied, p)
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}
