package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// callBound is the "few seconds" within which a call ends, whatever its context is.
const callBound = 5 * time.Second

var contextCases = []Case{
	newCase("a call whose context has ended gives no verdict and does nothing", endedContext),
	newCase("a waiting reader ends with its context", readEndsWithContext),
}

func endedContext(k *kit) {
	sess := k.login(k.subject())
	shard := k.shardOf(sess.Subject)
	mark := k.mark(shard)
	ctx, cancel := context.WithCancel(k.ctx)
	cancel()
	calls := map[string]func() error{
		"Create":  func() error { _, err := k.store.Create(ctx, k.loginOf(sess.Subject)); return err },
		"Get":     func() error { _, err := k.store.Get(ctx, sess.ID); return err },
		"List":    func() error { _, err := k.store.List(ctx, sess.Subject); return err },
		"Rotate":  func() error { _, err := k.store.Rotate(ctx, k.rotationOf(sess.ID, 1)); return err },
		"Confirm": func() error { return k.store.Confirm(ctx, []session.Use{{ID: sess.ID, Generation: 1}}) },
		"Check":   func() error { return k.store.Check(ctx, session.Probe{ID: sess.ID, Subject: sess.Subject}) },
		"Revoke": func() error {
			_, err := k.store.Revoke(ctx, session.Revocation{Kind: session.KindSession, ID: sess.ID, Until: k.tokenEnd()})
			return err
		},
		"State": func() error { _, err := k.store.State(ctx, shard); return err },
		"Read":  func() error { _, _, err := k.store.Read(ctx, shard, session.Position{}, 1, 0); return err },
		"Restore": func() error {
			return k.store.Restore(ctx, shard, []session.Entry{{Kind: session.KindSession, ID: sess.ID, Shard: sess.ID.Shard(), Until: k.until()}})
		},
	}
	for name, call := range calls {
		switch err := call(); {
		case err == nil:
			k.failf("%s: no error", name)
		case errors.Is(err, session.ErrRevoked), errors.Is(err, session.ErrNotFound), errors.Is(err, session.ErrLimit):
			k.failf("%s: an answer under an ended context: %w", name, err)
		}
	}
	k.same("Get", k.get(sess.ID), sess)
	k.alive("nothing happened", sess)
	if n := len(k.list(sess.Subject)); n != 1 {
		k.failf("%d sessions, want 1", n)
	}
	k.logged(shard, mark)
}

func readEndsWithContext(k *kit) {
	last := k.mark(0)
	ctx, cancel := context.WithCancel(k.ctx)
	ended := make(chan struct{})
	go func() {
		_, _, _ = k.store.Read(ctx, 0, last, 1, caseTime)
		close(ended)
	}()
	cancel()
	select {
	case <-ended:
	case <-time.After(callBound):
		k.failf("a reader still waits %v after its context ended", callBound)
	}
}
