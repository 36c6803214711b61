package mirror

import (
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// forget marks every entry as not seen in the log. A full read then marks those that it finds.
func (l *list) forget() {
	for i := range l.buckets {
		b := &l.buckets[i]
		b.mu.Lock()
		for k, s := range b.sessions {
			b.sessions[k] = s &^ seenBit
		}
		for k, s := range b.tokens {
			b.tokens[k] = s &^ seenBit
		}
		for k, c := range b.subjects {
			c.logged = session.Cutoff{}
			b.subjects[k] = c
		}
		b.mu.Unlock()
	}
	l.allMu.Lock()
	defer l.allMu.Unlock()
	if all := l.all.Load(); all != nil {
		next := *all
		next.logged = session.Cutoff{}
		l.all.Store(&next)
	}
}

// lost returns the entries of a bucket that end at or after a moment and have not been seen in
// the log. Bucket 0 includes the cut-off of all subjects.
func (l *list) lost(bucket int, now stamp, until func(stamp) time.Time) []session.Entry {
	var entries []session.Entry
	b := &l.buckets[bucket]
	b.mu.RLock()
	defer b.mu.RUnlock()
	for id, s := range b.sessions {
		if !s.seen() && s.end() >= now {
			entries = append(entries, session.Entry{Kind: session.KindSession, ID: id, Until: until(s)})
		}
	}
	for k, s := range b.tokens {
		// A session's entry covers its tokens: a store may write the one for the other.
		if _, covered := b.sessions[k.id]; !covered && !s.seen() && s.end() >= now {
			entries = append(entries, session.Entry{Kind: session.KindToken, ID: k.id, Token: k.token, Until: until(s)})
		}
	}
	for subject, c := range b.subjects {
		if c.lost() && c.end >= now {
			entries = append(entries, session.Entry{Kind: session.KindSubject, Subject: subject, Cutoff: c.Cutoff, Until: until(c.end)})
		}
	}
	if all := l.all.Load(); bucket == 0 && all != nil && all.lost() && all.end >= now {
		entries = append(entries, session.Entry{Kind: session.KindAll, Cutoff: all.Cutoff, Until: until(all.end)})
	}
	return entries
}

// missing reports whether the list holds an entry that has not been seen in the log.
func (l *list) missing(e session.Entry) bool {
	switch e.Kind {
	case session.KindSubject:
		b := l.ofSubject(e.Subject)
		b.mu.RLock()
		defer b.mu.RUnlock()
		return b.subjects[e.Subject].lost()
	case session.KindAll:
		all := l.all.Load()
		return all != nil && all.lost()
	}
	b := l.of(e.ID)
	b.mu.RLock()
	defer b.mu.RUnlock()
	s, known := b.sessions[e.ID]
	if e.Kind == session.KindToken && !known {
		s, known = b.tokens[tokenKey{e.ID, e.Token}]
	}
	return known && !s.seen()
}
