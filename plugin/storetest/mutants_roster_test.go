package storetest_test

import (
	"context"
	"strings"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

// rosterMutants are wrong about the nodes that follow the log.
var rosterMutants = []mutant{
	{"never forgets a node", "an announced node is listed until its time is over", announcing(func(n session.Node, ttl time.Duration) (session.Node, time.Duration) {
		return n, time.Hour
	})},
	{"keeps the first announcement", "the last announcement of a node counts", func(s session.LoggedStore, _ *storetest.Clock) broken {
		seen := make(map[string]bool)
		return broken{LoggedStore: s, announce: func(ctx context.Context, n session.Node, ttl time.Duration) error {
			if seen[n.ID] {
				return nil
			}
			seen[n.ID] = true
			return rosterOf(s).Announce(ctx, n, ttl)
		}}
	}},
	{"tells nodes apart by name", "nodes of one name are told apart by their ids", announcing(func(n session.Node, ttl time.Duration) (session.Node, time.Duration) {
		n.ID = n.Name
		return n, ttl
	})},
	{"cuts a name at a blank", "a node has any name of up to 64 bytes", announcing(func(n session.Node, ttl time.Duration) (session.Node, time.Duration) {
		n.Name, _, _ = strings.Cut(n.Name, " ")
		return n, ttl
	})},
}

// announcing changes what is announced.
func announcing(change func(session.Node, time.Duration) (session.Node, time.Duration)) func(session.LoggedStore, *storetest.Clock) broken {
	return func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, announce: func(ctx context.Context, n session.Node, ttl time.Duration) error {
			n, ttl = change(n, ttl)
			return rosterOf(s).Announce(ctx, n, ttl)
		}}
	}
}

func rosterOf(s session.Store) session.Roster {
	roster, _ := session.As[session.Roster](s)
	return roster
}

func (b broken) Announce(ctx context.Context, n session.Node, ttl time.Duration) error {
	if b.announce != nil {
		return b.announce(ctx, n, ttl)
	}
	return rosterOf(b.LoggedStore).Announce(ctx, n, ttl)
}

func (b broken) Nodes(ctx context.Context) ([]session.Node, error) {
	return rosterOf(b.LoggedStore).Nodes(ctx)
}
