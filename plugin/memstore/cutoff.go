package memstore

import (
	"container/heap"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// cut is a cut-off of one subject or of all.
type cut struct {
	session.Cutoff
	subject string
	until   time.Time // Entry.Until
	made    time.Time // when the latest cut-off that was merged into this one was made, exactly
	slot    int
}

// order is what a cut-off does beside its moment.
type order struct {
	until    time.Time // Entry.Until
	made     time.Time // when it was given
	reason   string
	restored bool // a cut-off that is in force already is not logged again
}

// merge adds a cut-off. known means that there was nothing to add.
func (c *cut) merge(d session.Cutoff, of order) (known bool) {
	merged, until := c.Merge(d), later(c.until, of.until)
	known = merged == c.Cutoff && until.Equal(c.until)
	c.Cutoff, c.until, c.made = merged, until, later(c.made, of.made)
	return known
}

// endSubject puts a cut-off of a subject in force and returns the group that it ended, or nil.
func (s *Store) endSubject(subject string, c session.Cutoff, of order) (iter.Seq[*group], *fate) {
	kept := s.cuts[subject]
	if kept == nil {
		kept = &cut{subject: strings.Clone(subject)}
		s.cuts[kept.subject] = kept
		s.ring.add(kept)
	}
	known := kept.merge(c, of)
	if !known || !of.restored {
		s.append(session.Entry{Kind: session.KindSubject, Subject: kept.subject, Cutoff: c, Until: of.until})
	}
	g := s.groups[subject]
	if known || g == nil {
		return nil, nil
	}
	f := s.fate(of)
	return slices.Values([]*group{s.sever(g, c, f)}), f
}

// endAll puts a cut-off of everything in force and returns the groups that it ended.
func (s *Store) endAll(c session.Cutoff, of order) (iter.Seq[*group], *fate) {
	known := s.all.merge(c, of)
	if !known || !of.restored {
		s.append(session.Entry{Kind: session.KindAll, Cutoff: c, Until: of.until})
	}
	if known {
		return nil, nil
	}
	f := s.fate(of)
	if c.At < s.newest.UnixMilli() || c.Except != (session.ID{}) { // only Restore makes such a cut-off
		var ended []*group
		for _, g := range slices.Collect(maps.Values(s.groups)) {
			ended = append(ended, s.sever(g, c, f))
		}
		return slices.Values(ended), f
	}
	s.era.ended = f
	ended := s.groups
	s.era, s.groups = &era{}, make(map[string]*group)
	return maps.Values(ended), f
}

func (s *Store) fate(of order) *fate {
	return &fate{at: s.now, until: of.until, reason: cutText(of.reason, session.MaxReason)}
}

// sever ends the sessions of a group that a cut-off ends, and returns a group of them. It takes
// one step whatever their number, unless some of them began after the cut-off.
func (s *Store) sever(g *group, c session.Cutoff, f *fate) *group {
	if c.At < g.newest.UnixMilli() {
		return s.split(g, c, f)
	}
	spared := s.sessions[c.Except]
	if spared != nil && spared.group == g {
		heap.Remove(g, spared.index)
	} else {
		spared = nil
	}
	g.ended = f
	delete(s.groups, g.subject)
	if spared != nil {
		s.join(spared)
	}
	return g
}

// split ends the sessions of a group that a cut-off of the past ends.
func (s *Store) split(g *group, c session.Cutoff, f *fate) *group {
	ended := &group{subject: g.subject, ended: f, era: g.era}
	for _, rec := range g.recs {
		if c.Ends(rec.ID) {
			rec.group = ended
			ended.recs = append(ended.recs, rec)
		}
	}
	g.recs = slices.DeleteFunc(g.recs, func(rec *record) bool { return rec.group == ended })
	for i, rec := range g.recs {
		rec.index = i
	}
	heap.Init(g)
	if len(g.recs) == 0 {
		delete(s.groups, g.subject)
	}
	return ended
}

func (c *cut) place() *int { return &c.slot }

func (c *cut) due(s *Store) bool { return s.over(c.until) }

func (c *cut) discard(s *Store) {
	s.forgotten = later(s.forgotten, c.made)
	delete(s.cuts, c.subject)
	s.ring.remove(c)
}
