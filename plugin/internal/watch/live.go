package watch

import (
	"context"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
	"github.com/ginauth/ginauth/plugin/session"
)

// liveToken is an access token that a request is still being served with.
type liveToken struct {
	probe  session.Probe
	cancel context.CancelCauseFunc
}

// Live ends the contexts of long requests when their token is revoked. It learns of
// revocations through the store's [session.Feed], or, if it has none, by following its
// [session.Log] from the first live token on. Safe for concurrent use.
type Live struct {
	store  session.Store
	now    func() time.Time
	ctx    context.Context
	cancel context.CancelFunc
	start  sync.Once

	mu     sync.Mutex
	tokens map[session.ID]map[*liveToken]struct{}
}

// NewLive makes a Live. Close it.
func NewLive(store session.Store, now func() time.Time) *Live {
	l := &Live{store: store, now: now, tokens: make(map[session.ID]map[*liveToken]struct{})}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	if feed, ok := session.As[session.Feed](store); ok {
		context.AfterFunc(l.ctx, feed.Subscribe(l.apply))
		l.start.Do(func() {})
	}
	return l
}

// Close stops listening. Contexts from [Live.Context] then end only by expiry.
func (l *Live) Close() { l.cancel() }

// Context returns a child of parent that also ends at deadAt, with the cause TokenExpired, or
// when the token of the probe is revoked, with the cause TokenRevoked.
func (l *Live) Context(parent context.Context, probe session.Probe, deadAt time.Time) context.Context {
	ctx, cancel := context.WithCancelCause(parent)
	timer := time.AfterFunc(deadAt.Sub(l.now()), func() { cancel(refusal.TokenExpired) })
	t := &liveToken{probe: probe, cancel: cancel}
	l.add(t)
	context.AfterFunc(ctx, func() {
		timer.Stop()
		l.remove(t)
		cancel(nil)
	})
	// This finds a revocation between the middleware's check and add.
	l.recheck(ctx, t)
	return ctx
}

func (l *Live) add(t *liveToken) {
	l.mu.Lock()
	set := l.tokens[t.probe.ID]
	if set == nil {
		set = make(map[*liveToken]struct{}, 1)
		l.tokens[t.probe.ID] = set
	}
	set[t] = struct{}{}
	l.mu.Unlock()
	l.start.Do(l.followLog)
}

func (l *Live) remove(t *liveToken) {
	l.mu.Lock()
	defer l.mu.Unlock()
	set := l.tokens[t.probe.ID]
	if delete(set, t); len(set) == 0 {
		delete(l.tokens, t.probe.ID)
	}
}

// apply ends the contexts that an entry of the log names.
func (l *Live) apply(e session.Entry) {
	for _, t := range l.named(e) {
		t.cancel(refusal.TokenRevoked)
	}
}

func (l *Live) named(e session.Entry) []*liveToken {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []*liveToken
	if e.Kind == session.KindSession || e.Kind == session.KindToken {
		for t := range l.tokens[e.ID] {
			if e.Kind == session.KindSession || e.Token == t.probe.Token {
				out = append(out, t)
			}
		}
		return out
	}
	for id, set := range l.tokens {
		// A token without a session is in no shard, so the cut-offs of every shard can end it.
		if id != (session.ID{}) && (id.Shard() != e.Shard || !e.Cutoff.Ends(id)) {
			continue
		}
		for t := range set {
			if (e.Kind == session.KindAll || e.Subject == t.probe.Subject) && t.probe.EndedBy(e.Cutoff) {
				out = append(out, t)
			}
		}
	}
	return out
}

// recheck asks the store about one token. An outage ends nothing: the token was good when
// its request came, and the feed still follows.
func (l *Live) recheck(ctx context.Context, t *liveToken) {
	if session.Ended(l.store.Check(ctx, t.probe)) {
		t.cancel(refusal.TokenRevoked)
	}
}

func (l *Live) recheckAll() {
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
