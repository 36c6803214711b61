package redisstore

import (
	"context"
	"errors"
	"sync"

	"github.com/ginauth/ginauth/plugin/session"
)

var _ session.Closer = (*Store)(nil)

// closer ends a store's connections, once.
type closer struct {
	once sync.Once
	own  closing // closes the client that Connect opened or New copied, if any
	done chan struct{}
	err  error // read after done
}

// Close ends the store's own connections, and with them the reads that wait: they and
// later reads that would wait fail with [session.ErrUnavailable]. A client that [Connect]
// opened or [New] copied is closed too, and every later call fails the same way. A client that
// was handed to [New] stays open, and on one that is used as it is the rest of the store goes on
// working.
//
// Close returns ctx's error if ctx ends first; the closing then goes on in the background.
// It may be called while others use the store, and again: only the first call closes and
// reports what went wrong.
func (s *Store) Close(ctx context.Context) error {
	c, first := &s.closer, false
	c.once.Do(func() {
		first, c.done = true, make(chan struct{})
		go func() {
			defer close(c.done)
			c.err = s.follow.close()
			if c.own != nil {
				c.err = errors.Join(c.err, c.own())
			}
		}()
	})
	select {
	case <-c.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if first {
		return c.err
	}
	return nil
}
