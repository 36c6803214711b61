package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ginauth/ginauth/plugin/redisstore"
)

type nodeList struct {
	Nodes []follower `json:"nodes"`
}

func showNodes(ctx context.Context, store *redisstore.Store, _ *options) (answer, error) {
	p, err := take(ctx, store)
	if err != nil {
		return nil, err
	}
	return nodeList{append([]follower{}, p.nodes...)}, nil
}

const nobodyFollows = "no node follows the log: all ask Redis on each request, or none runs\n"

func (l nodeList) text(w io.Writer) {
	if len(l.Nodes) == 0 {
		_, _ = io.WriteString(w, nobodyFollows)
		return
	}
	rows := [][]string{{"NODE", "STATE", "LAG MS", "BEHIND"}}
	for _, n := range l.Nodes {
		s := n.sum()
		rows = append(rows, []string{n.Name, strings.Join(s.states, ", "), strconv.FormatUint(s.lag, 10), strconv.Itoa(s.behind)})
	}
	table(w, rows...)
}

// sum is the state of a node across all shards.
type sum struct {
	states []string // each state other than "in step" once; only "in step" if there is no other
	lag    uint64
	behind int
}

func (n follower) sum() sum {
	var s sum
	seen := map[string]bool{stateInStep: true}
	for _, f := range n.Shards {
		s.lag = max(s.lag, f.LagMS)
		s.behind += f.Behind
		if !seen[f.State] {
			seen[f.State] = true
			s.states = append(s.states, f.State)
		}
	}
	if s.states == nil {
		s.states = []string{stateInStep}
	}
	return s
}

// lag sums up all nodes.
type lag struct {
	InStep  bool     `json:"in_step"` // every node has applied everything in the log
	Nodes   int      `json:"nodes"`
	LagMS   uint64   `json:"lag_ms"`  // the largest lag of a node
	Behind  int      `json:"behind"`  // the largest number of entries that a node lacks
	Waiting []string `json:"waiting"` // names of nodes that are not in step
}

func showLag(ctx context.Context, store *redisstore.Store, _ *options) (answer, error) {
	p, err := take(ctx, store)
	if err != nil {
		return nil, err
	}
	l := lag{Nodes: len(p.nodes), Waiting: []string{}}
	for _, n := range p.nodes {
		s := n.sum()
		l.LagMS, l.Behind = max(l.LagMS, s.lag), max(l.Behind, s.behind)
		if s.states[0] != stateInStep {
			l.Waiting = append(l.Waiting, n.Name)
		}
	}
	l.InStep = len(l.Waiting) == 0
	return l, nil
}

func (l lag) bad() bool { return !l.InStep }

func (l lag) text(w io.Writer) {
	switch {
	case l.Nodes == 0:
		_, _ = io.WriteString(w, nobodyFollows)
	case l.InStep:
		_, _ = fmt.Fprintf(w, "in step: %s\n", plural(l.Nodes, "node"))
	default:
		_, _ = fmt.Fprintf(w, "not in step: %d of %s, at most %d ms and %s behind: %s\n",
			len(l.Waiting), plural(l.Nodes, "node"), l.LagMS, plural(l.Behind, "entry"), printable(strings.Join(l.Waiting, ", ")))
	}
}
