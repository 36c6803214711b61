package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var _ session.Roster = (*Store)(nil)

// announced is what a node said, and until when it counts.
type announced struct {
	session.Node
	until time.Time
}

// Announce notes a node's progress.
func (s *Store) Announce(ctx context.Context, n session.Node, ttl time.Duration) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	n.Applied = slices.Clone(n.Applied)
	s.roster[n.ID] = announced{n, s.now.Add(ttl)}
	return nil
}

// Nodes lists the nodes that are not forgotten, in no order.
func (s *Store) Nodes(ctx context.Context) ([]session.Node, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var nodes []session.Node
	for id, a := range s.roster {
		if !s.now.Before(a.until) {
			delete(s.roster, id)
			continue
		}
		a.Applied = slices.Clone(a.Applied)
		nodes = append(nodes, a.Node)
	}
	return nodes, nil
}
