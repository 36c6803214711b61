package main

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

type shardList struct {
	Shards []shardLine `json:"shards"`
}

// shardLine is the state of one shard's log, and the number of its nodes in each state.
type shardLine struct {
	Shard   int            `json:"shard"`
	Epoch   string         `json:"epoch"`  // a new one means that the data was lost
	Server  string         `json:"server"` // the replication id of the master; "" if Redis does not reveal it
	Entries int64          `json:"entries"`
	Last    string         `json:"last"`    // position of the newest entry ever
	Trimmed string         `json:"trimmed"` // entries up to here may have been dropped
	Nodes   map[string]int `json:"nodes"`   // by state
}

func showShards(ctx context.Context, store *redisstore.Store, _ *options) (answer, error) {
	p, err := take(ctx, store)
	if err != nil {
		return nil, err
	}
	list := shardList{Shards: []shardLine{}}
	for n, st := range p.states {
		line := shardLine{
			Shard: n, Epoch: st.Epoch, Server: st.Server, Entries: st.Length,
			Last: position(st.Last), Trimmed: position(st.Trimmed), Nodes: map[string]int{},
		}
		for _, node := range p.nodes {
			line.Nodes[node.Shards[n].State]++
		}
		list.Shards = append(list.Shards, line)
	}
	return list, nil
}

func position(p session.Position) string {
	return strconv.FormatUint(p.MS, 10) + "-" + strconv.FormatUint(p.Seq, 10)
}

func (l shardList) text(w io.Writer) {
	rows := [][]string{{"SHARD", "ENTRIES", "LAST", "TRIMMED", "IN STEP", "BEHIND", "READING", "AHEAD", "OTHER"}}
	for _, s := range l.Shards {
		row := []string{strconv.Itoa(s.Shard), strconv.FormatInt(s.Entries, 10), s.Last, s.Trimmed}
		for _, state := range []string{stateInStep, stateBehind, stateReading, stateAhead, stateOther} {
			row = append(row, strconv.Itoa(s.Nodes[state]))
		}
		rows = append(rows, row)
	}
	table(w, rows...)
}

type findings struct {
	Usable   bool      `json:"usable"`
	Findings []finding `json:"findings"`
}

type finding struct {
	Server string `json:"server"`
	Fatal  bool   `json:"fatal"` // the server cannot keep sessions; otherwise it is a risk
	Text   string `json:"text"`
}

func check(ctx context.Context, store *redisstore.Store, _ *options) (answer, error) {
	found, err := store.Inspect(ctx)
	if err != nil {
		return nil, err
	}
	f := findings{Usable: true, Findings: []finding{}}
	for _, one := range found {
		f.Usable = f.Usable && !one.Fatal
		f.Findings = append(f.Findings, finding(one))
	}
	if f.Usable { // Inspect does not report failures on the way, nor another number of shards
		if err := store.Ping(ctx); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f findings) bad() bool { return !f.Usable }

func (f findings) text(w io.Writer) {
	if len(f.Findings) == 0 {
		_, _ = io.WriteString(w, "nothing was found\n")
	}
	for _, one := range f.Findings {
		level := "risk"
		if one.Fatal {
			level = "fatal"
		}
		_, _ = fmt.Fprintf(w, "%s: %s: %s\n", level, printable(one.Server), printable(one.Text))
	}
}
