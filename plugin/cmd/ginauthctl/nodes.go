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

// sum is a node over all shards.
type sum struct {
	states []string // that are not "in step", each once; else that alone
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

// lag is all nodes in a few numbers.
type lag struct {
	InStep  bool     `json:"in_step"` // every node has applied all that the log holds
	Nodes   int      `json:"nodes"`
	LagMS   uint64   `json:"lag_ms"`  // of the node that lags most
	Behind  int      `json:"behind"`  // entries, of the node that lacks most
	Waiting []string `json:"waiting"` // nodes that are not in step
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
