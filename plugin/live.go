package ginauth

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/session"
)

// liveToken is an access token that somebody is still being served with.
type liveToken struct {
	access token.Verified
	probe  session.Probe
	cancel context.CancelCauseFunc
}

// liveSet ends the contexts of live tokens when the store's feed or log names them. A
// feed is subscribed to at once; a bare log is followed from the first live token on.
type liveSet struct {
	store  session.Store
	now    func() time.Time
	ctx    context.Context
	cancel context.CancelFunc
	start  sync.Once

	mu     sync.Mutex
	tokens map[session.ID]map[*liveToken]struct{}
}

func newLiveSet(store session.Store, now func() time.Time) *liveSet {
	l := &liveSet{store: store, now: now, tokens: make(map[session.ID]map[*liveToken]struct{})}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	if feed, ok := store.(session.Feed); ok {
		context.AfterFunc(l.ctx, feed.Subscribe(l.apply))
		l.start.Do(func() {})
	}
	return l
}

func (l *liveSet) close() { l.cancel() }

func (l *liveSet) add(t *liveToken) {
	l.mu.Lock()
	set := l.tokens[t.access.SessionID]
	if set == nil {
		set = make(map[*liveToken]struct{}, 1)
		l.tokens[t.access.SessionID] = set
	}
	set[t] = struct{}{}
	l.mu.Unlock()
	l.start.Do(l.followLog)
}

func (l *liveSet) remove(t *liveToken) {
	l.mu.Lock()
	defer l.mu.Unlock()
	set := l.tokens[t.access.SessionID]
	if delete(set, t); len(set) == 0 {
		delete(l.tokens, t.access.SessionID)
	}
}

// apply ends what an entry of the log names.
func (l *liveSet) apply(e session.Entry) {
	for _, t := range l.named(e) {
		t.cancel(ErrTokenRevoked)
	}
}

func (l *liveSet) named(e session.Entry) []*liveToken {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []*liveToken
	if e.Kind == session.KindSession || e.Kind == session.KindToken {
		for t := range l.tokens[e.ID] {
			if e.Kind == session.KindSession || e.Token == t.access.TokenID {
				out = append(out, t)
			}
		}
		return out
	}
	for id, set := range l.tokens {
		// A token without a session is of no shard; a subject has one, everybody has all.
		if id != (session.ID{}) && (id.Shard() != e.Shard || !e.Cutoff.Kills(id)) {
			continue
		}
		for t := range set {
			if (e.Kind == session.KindAll || e.Subject == t.access.Subject) && t.probe.CutBy(e.Cutoff) {
				out = append(out, t)
			}
		}
	}
	return out
}

// recheck asks the store about one token. An outage ends nothing: the token was good
// when it came, and the feed will tell.
func (l *liveSet) recheck(ctx context.Context, t *liveToken) {
	err := l.store.Check(ctx, t.probe)
	if errors.Is(err, session.ErrRevoked) {
		t.cancel(ErrTokenRevoked)
	}
}

func (l *liveSet) recheckAll() {
	l.mu.Lock()
	var all []*liveToken
	for _, set := range l.tokens {
		for t := range set {
			all = append(all, t)
		}
	}
	l.mu.Unlock()
	for _, t := range all {
		l.recheck(l.ctx, t)
	}
}

const (
	followWait  = time.Second
	followPause = 200 * time.Millisecond
	followBatch = 256
)

func (l *liveSet) followLog() {
	log, ok := l.store.(session.Log)
	if !ok {
		return
	}
	for shard := range log.Shards() {
		go l.followShard(log, shard)
	}
}

// followShard reads one shard's log from its end on. After every trouble it finds the
// end again and asks about every live token, so that nothing is missed in between.
func (l *liveSet) followShard(log session.Log, shard int) {
	for l.ctx.Err() == nil {
		state, err := log.State(l.ctx, shard)
		if err == nil {
			l.recheckAll()
			l.readFrom(log, shard, state)
		}
		select {
		case <-l.ctx.Done():
		case <-time.After(followPause):
		}
	}
}

// readFrom returns at the first error, and when the log is not the one that it was: it
// went backwards, lost its data, or is kept by another server. That is looked at once
// a followWait.
func (l *liveSet) readFrom(log session.Log, shard int, was session.LogState) {
	at, looked := was.Last, time.Now()
	for {
		entries, next, err := log.Read(l.ctx, shard, at, followBatch, followWait)
		if err != nil {
			return
		}
		for _, e := range entries {
			l.apply(e)
		}
		at = next
		if len(entries) > 0 && time.Since(looked) < followWait {
			continue
		}
		looked = time.Now()
		is, err := log.State(l.ctx, shard)
		if err != nil || is.Last.Before(at) || is.Epoch != was.Epoch || is.Server != was.Server {
			return
		}
	}
}
