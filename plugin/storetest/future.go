package storetest

import (
	"errors"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var futureCases = []Case{
	newCase("check tells an id of the future from a dead session", futureIDs),
}

func futureIDs(k *kit) {
	sess := k.login(k.subject())
	for ahead, want := range map[time.Duration]error{
		0: session.ErrRevoked, session.MaxAhead: session.ErrRevoked, session.MaxAhead + tick: session.ErrInvalidID, 365 * 24 * time.Hour: session.ErrInvalidID,
	} {
		begins := k.clock.Now().Add(ahead)
		for name, id := range map[string]session.ID{
			"of a session at another time": sess.ID.WithTime(begins), "of no session": session.NewID(begins, sess.ID.Shard()),
			"of another shard": session.NewID(begins, sess.ID.Shard()+1), "of no shard": session.NewID(begins, 255),
		} {
			if err := k.checkToken(session.Session{ID: id, Subject: sess.Subject}, session.NewTokenID()); !errors.Is(err, want) {
				k.failf("an id %s, %v ahead: %v, want %w", name, ahead, err, want)
			}
		}
	}
	k.alive("untouched", sess)
}
