package mirror

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// moment is a time of the mirror's own clock in microseconds. It wraps after 71 minutes, so that
// it takes no memory: an old cut-off may then seem to be new, which costs a call.
type moment uint32

func momentOf(own time.Duration) moment { return moment(own.Microseconds()) }

// within reports whether less time than d has passed since the moment.
func (t moment) within(d, own time.Duration) bool {
	return time.Duration(momentOf(own)-t)*time.Microsecond < d
}

// remind tells the store of the cut-offs that this node heard of since a login began, if the
// store may have lost them. Then only this node knows that the login is too late: the session
// would begin after the cut-off, and live on when that has been put back.
func (m *Mirror) remind(ctx context.Context, c session.Create) error {
	if c.Began.IsZero() {
		return nil
	}
	sh := m.shards[session.ShardOf(c.Subject, len(m.shards))]
	entries := sh.recent(c.Subject, m.store.Now().Sub(c.Began))
	if len(entries) == 0 {
		return nil
	}
	sound, err := sh.seek(ctx)
	if err != nil || sound && !sh.putsBack() {
		return err
	}
	return m.store.Restore(ctx, sh.n, entries)
}

// putsBack reports whether entries may still have to be put back into the log that was read.
func (sh *shard) putsBack() bool {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.heralding != nil
}

// recent returns the cut-offs that cover a subject and were heard of less than d ago.
func (sh *shard) recent(subject string, d time.Duration) (entries []session.Entry) {
	now := sh.m.elapsed()
	e := session.Entry{Shard: uint8(sh.n)}
	if all := sh.list.all.Load(); all != nil && all.heard.within(d, now) {
		e.Kind, e.Cutoff, e.Until = session.KindAll, all.Cutoff, sh.clock.until(all.end)
		entries = append(entries, e)
	}
	if c, known := sh.list.cutoffOf(subject); known && c.heard.within(d, now) {
		e.Kind, e.Subject, e.Cutoff, e.Until = session.KindSubject, subject, c.Cutoff, sh.clock.until(c.end)
		entries = append(entries, e)
	}
	return entries
}
