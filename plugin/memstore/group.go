package memstore

import (
	"container/heap"
	"time"
)

// group holds the live sessions of one subject as a heap, the one that would idle out first on
// top. It may hold sessions that have idled out and were not noticed yet.
//
// A cut-off ends a whole group at once: it sets ended, and takes the group out of Store.groups.
// From then on nobody changes the group but bury, which removes its sessions one by one.
type group struct {
	subject string
	recs    []*record
	newest  time.Time // the latest creation time of all its sessions so far
	ended   *fate
	era     *era
}

// era holds all groups that began since the last cut-off of everything, which ends it.
type era struct{ ended *fate }

// fate is how a cut-off ended sessions.
type fate struct {
	at     time.Time // when
	until  time.Time // Entry.Until
	reason string
}

// fate returns how the group ended, or nil.
func (g *group) fate() *fate {
	if g.ended != nil {
		return g.ended
	}
	return g.era.ended
}

// first returns the session that would idle out first, other than one.
func (g *group) first(but *record) *record {
	if g.recs[0] != but {
		return g.recs[0]
	}
	if len(g.recs) > 2 && g.Less(2, 1) {
		return g.recs[2]
	}
	return g.recs[1]
}

// Len, Less, Swap, Push and Pop are for container/heap.
func (g *group) Len() int { return len(g.recs) }

func (g *group) Less(i, j int) bool {
	a, b := g.recs[i], g.recs[j]
	if !a.IdleAt.Equal(b.IdleAt) {
		return a.IdleAt.Before(b.IdleAt)
	}
	return a.order < b.order
}

func (g *group) Swap(i, j int) {
	g.recs[i], g.recs[j] = g.recs[j], g.recs[i]
	g.recs[i].index, g.recs[j].index = i, j
}

func (g *group) Push(x any) {
	rec, _ := x.(*record)
	rec.group, rec.index = g, len(g.recs)
	g.recs = append(g.recs, rec)
	g.newest = later(g.newest, rec.CreatedAt)
}

func (g *group) Pop() any {
	last := len(g.recs) - 1
	rec := g.recs[last]
	g.recs[last] = nil
	g.recs = g.recs[:last]
	return rec
}

// join puts a session into its subject's group.
func (s *Store) join(rec *record) {
	g := s.groups[rec.Subject]
	if g == nil {
		g = &group{subject: rec.Subject, era: s.era}
		s.groups[rec.Subject] = g
	}
	heap.Push(g, rec)
}

// leave takes a session out of its group, which must not have ended.
func (s *Store) leave(rec *record) {
	heap.Remove(rec.group, rec.index)
	if len(rec.group.recs) == 0 {
		delete(s.groups, rec.Subject)
	}
}
