package main

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// States of a node in one shard. They compare how far the node says it has read with the log.
// Only the node itself knows whether it trusts its copy; its /readyz reports that.
const (
	stateInStep  = "in step"      // has applied everything in the log
	stateBehind  = "behind"       // the log holds more
	stateReading = "reading"      // reads the log from the start: it has just started, or it heals
	stateAhead   = "ahead"        // has read entries that the store has lost; it will put them back
	stateOther   = "other shards" // works with another number of shards
)

// following is the state of one node in one shard.
type following struct {
	Shard    int    `json:"shard"`
	State    string `json:"state"`
	LagMS    uint64 `json:"lag_ms"` // from the last entry it has applied to the newest one
	Behind   int    `json:"behind"` // entries it has not applied, counted up to maxBehind
	position session.Position
}

// follower is one node that follows the log.
type follower struct {
	ID     string      `json:"id"` // unique among live nodes
	Name   string      `json:"name"`
	Shards []following `json:"shards"`
}

// maxBehind limits how many entries are counted.
const maxBehind = 1000

// picture is the roster, compared with the log.
type picture struct {
	nodes  []follower
	states []session.LogState // by shard
}

// take reads the state of the log before and after the roster. An entry that arrives in between
// then makes no node look behind, and does not make the store look as if it had lost entries.
func take(ctx context.Context, store *redisstore.Store) (picture, error) {
	before, err := states(ctx, store)
	if err != nil {
		return picture{}, err
	}
	nodes, err := store.Nodes(ctx)
	if err != nil {
		return picture{}, err
	}
	after, err := states(ctx, store)
	if err != nil {
		return picture{}, err
	}
	p := picture{states: after}
	slices.SortFunc(nodes, func(a, b session.Node) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	for _, n := range nodes {
		f := follower{ID: n.ID, Name: n.Name}
		for shard := range before {
			one, err := follow(ctx, store, n, shard, before[shard].Last, after[shard].Last)
			if err != nil {
				return picture{}, err
			}
			f.Shards = append(f.Shards, one)
		}
		p.nodes = append(p.nodes, f)
	}
	return p, nil
}

func states(ctx context.Context, store *redisstore.Store) ([]session.LogState, error) {
	var all []session.LogState
	for shard := range store.Shards() {
		st, err := store.State(ctx, shard)
		if err != nil {
			return nil, err
		}
		all = append(all, st)
	}
	return all, nil
}

func follow(ctx context.Context, store *redisstore.Store, n session.Node, shard int, before, after session.Position) (following, error) {
	f := following{Shard: shard, State: stateInStep}
	if len(n.Applied) != store.Shards() {
		f.State = stateOther
		return f, nil
	}
	f.position = n.Applied[shard]
	switch {
	case after.Before(f.position):
		f.State = stateAhead
		return f, nil
	case !f.position.Before(before):
		return f, nil
	case f.position == session.Position{}:
		f.State = stateReading
	default:
		f.State, f.LagMS = stateBehind, before.MS-f.position.MS
	}
	entries, _, err := store.Read(ctx, shard, f.position, maxBehind, 0)
	f.Behind = len(entries)
	return f, err
}
