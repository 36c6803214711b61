package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var _ session.Roster = (*Store)(nil)

// announced is a node's record, and when the record expires.
type announced struct {
	session.Node
	until time.Time
}

// Announce records a node's progress under its ID.
func (s *Store) Announce(ctx context.Context, n session.Node, ttl time.Duration) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	n.Applied = slices.Clone(n.Applied)
	s.roster[n.ID] = announced{n, s.now.Add(ttl)}
	return nil
}

// Nodes lists the nodes whose announcements have not expired, in any order.
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
