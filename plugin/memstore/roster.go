package memstore

import (
	"context"
	"maps"
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
	s.missing()
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
	s.missing()
	for _, a := range s.roster {
		a.Applied = slices.Clone(a.Applied)
		nodes = append(nodes, a.Node)
	}
	return nodes, nil
}

// missing drops the nodes whose announcements have expired.
func (s *Store) missing() {
	maps.DeleteFunc(s.roster, func(_ string, a announced) bool { return !s.now.Before(a.until) })
}
