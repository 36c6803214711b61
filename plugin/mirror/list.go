package mirror

import (
	"hash/maphash"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/ginauth/ginauth/plugin/session"
)

const (
	buckets      = 256
	sweepBuckets = 3 // swept at each heartbeat: a whole list in about 85 heartbeats
)

// list holds the revocations that one shard of the copy knows. It is split into buckets, so
// that look-ups on many processors do not contend for one lock. Times are stamps: the list has
// no clock.
//
// Look-ups ignore the end of an entry. An entry is dropped some time after this node accepts the
// last token that it covers, so until then it refuses no valid token.
type list struct {
	seed     maphash.Seed
	buckets  [buckets]bucket
	subjects atomic.Int64 // subjects with a cut-off; if 0, look-ups skip them
	entries  atomic.Int64

	all   atomic.Pointer[cutoff] // the cut-off it points to is never modified
	allMu sync.Mutex             // guards changes of all
}

type bucket struct {
	mu       sync.RWMutex
	sessions map[session.ID]stamp
	filter   filter // of sessions
	tokens   map[tokenKey]stamp
	subjects map[string]cutoff
}

// knows reports whether the session itself is revoked. b.mu is held.
func (b *bucket) knows(id session.ID) bool {
	if !b.filter.has(id) {
		return false
	}
	_, known := b.sessions[id]
	return known
}

type tokenKey struct {
	id    session.ID
	token session.TokenID
}

// cutoff is what the copy knows about one subject, or about all, and the part of it that has
// been seen in the log.
type cutoff struct {
	session.Cutoff
	end    stamp
	heard  moment // when it was last extended
	logged session.Cutoff
}

// lost reports whether the log lacks a part of it.
func (c cutoff) lost() bool { return c.logged.Merge(c.Cutoff) != c.logged }

// merge adds a cut-off. fresh reports whether it ends more sessions than before.
func (c cutoff) merge(d session.Cutoff, end stamp, now moment) (next cutoff, fresh bool) {
	next = c
	if next.Cutoff = c.Merge(d); next.Cutoff != c.Cutoff {
		next.heard = now
	}
	next.end = max(c.end, end.end())
	if end.seen() {
		next.logged = c.logged.Merge(d)
	}
	return next, next.Cutoff != c.Cutoff
}

// of returns the bucket of a session. The last byte of an id is random.
func (l *list) of(id session.ID) *bucket { return &l.buckets[id[len(id)-1]] }

func (l *list) ofSubject(subject string) *bucket {
	return &l.buckets[maphash.String(l.seed, subject)%buckets]
}

// refuses reports whether the list revokes an access token.
func (l *list) refuses(p session.Probe) bool {
	b := l.of(p.ID)
	b.mu.RLock()
	dead := b.knows(p.ID)
	if !dead && len(b.tokens) > 0 {
		_, dead = b.tokens[tokenKey{p.ID, p.Token}]
	}
	b.mu.RUnlock()
	return dead || l.ended(p)
}

// refusesSession reports whether the list revokes a session.
func (l *list) refusesSession(id session.ID, subject string) bool {
	b := l.of(id)
	b.mu.RLock()
	dead := b.knows(id)
	b.mu.RUnlock()
	return dead || l.ended(session.Probe{ID: id, Subject: subject})
}

// ended reports whether a cut-off ends the token or its session.
func (l *list) ended(p session.Probe) bool {
	if all := l.all.Load(); all != nil && p.EndedBy(all.Cutoff) {
		return true
	}
	c, known := l.cutoffOf(p.Subject)
	return known && p.EndedBy(c.Cutoff)
}

func (l *list) cutoffOf(subject string) (c cutoff, known bool) {
	if l.subjects.Load() == 0 {
		return c, false
	}
	b := l.ofSubject(subject)
	b.mu.RLock()
	defer b.mu.RUnlock()
	c, known = b.subjects[subject]
	return c, known
}

// add adds an entry with its end, seen or not. fresh reports whether it was not known.
func (l *list) add(e session.Entry, end stamp, now moment) (fresh bool) {
	switch e.Kind {
	case session.KindSession:
		b := l.of(e.ID)
		b.mu.Lock()
		defer b.mu.Unlock()
		fresh = put(l, &b.sessions, e.ID, end)
		b.filter = b.filter.with(e.ID, b.sessions)
		return fresh
	case session.KindToken:
		b := l.of(e.ID)
		b.mu.Lock()
		defer b.mu.Unlock()
		return put(l, &b.tokens, tokenKey{e.ID, e.Token}, end)
	case session.KindSubject:
		return l.addSubject(e, end, now)
	case session.KindAll:
		return l.addAll(e, end, now)
	}
	return false
}

func put[K comparable](l *list, m *map[K]stamp, k K, end stamp) (fresh bool) {
	old, known := (*m)[k]
	if !known {
		l.entries.Add(1)
	}
	if *m == nil {
		*m = make(map[K]stamp)
	}
	if known {
		end = old.merge(end)
	}
	(*m)[k] = end
	return !known
}

func (l *list) addSubject(e session.Entry, end stamp, now moment) (fresh bool) {
	b := l.ofSubject(e.Subject)
	b.mu.Lock()
	defer b.mu.Unlock()
	old, known := b.subjects[e.Subject]
	if !known {
		l.entries.Add(1)
		l.subjects.Add(1)
	}
	if b.subjects == nil {
		b.subjects = make(map[string]cutoff)
	}
	b.subjects[e.Subject], fresh = old.merge(e.Cutoff, end, now)
	return fresh
}

func (l *list) addAll(e session.Entry, end stamp, now moment) (fresh bool) {
	l.allMu.Lock()
	defer l.allMu.Unlock()
	var old cutoff
	if known := l.all.Load(); known != nil {
		old = *known
	} else {
		l.entries.Add(1)
	}
	next, fresh := old.merge(e.Cutoff, end, now)
	l.all.Store(&next)
	return fresh
}

// sweep drops the entries of a bucket that ended before a moment, and reports whether there were
// any. Bucket 0 includes the cut-off of all subjects.
func (l *list) sweep(bucket int, now stamp) (any bool) {
	b := &l.buckets[bucket]
	b.mu.Lock()
	dropped := drop(&b.sessions, func(s stamp) bool { return s.end() < now })
	if dropped > 0 {
		b.filter = filterOf(b.sessions)
	}
	dropped += drop(&b.tokens, func(s stamp) bool { return s.end() < now })
	subjects := drop(&b.subjects, func(c cutoff) bool { return c.end < now })
	b.mu.Unlock()
	l.subjects.Add(-int64(subjects))
	l.entries.Add(-int64(dropped + subjects))
	return dropped+subjects > 0 || bucket == 0 && l.sweepAll(now)
}

func (l *list) sweepAll(now stamp) (dropped bool) {
	l.allMu.Lock()
	defer l.allMu.Unlock()
	all := l.all.Load()
	if all == nil || all.end >= now {
		return false
	}
	l.all.Store(nil)
	l.entries.Add(-1)
	return true
}

// drop deletes the entries that have ended. Maps never shrink, so a map that has lost most of
// its entries is copied into a new one.
func drop[K comparable, V any](m *map[K]V, ended func(V) bool) (n int) {
	before := len(*m)
	maps.DeleteFunc(*m, func(_ K, v V) bool { return ended(v) })
	left := len(*m)
	if left*2 < before {
		fresh := make(map[K]V, left)
		maps.Copy(fresh, *m)
		*m = fresh
	}
	return before - left
}
