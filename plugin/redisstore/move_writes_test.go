package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// rotates presents a generation and fails unless the outcome is one of those given.
func rotates(s *redisstore.Store, id session.ID, generation uint32, want ...session.Outcome) error {
	r, err := s.Rotate(context.Background(), rotationOf(id, generation))
	if err == nil && !slices.Contains(want, r.Outcome) {
		err = fmt.Errorf("outcome %d, want one of %v", r.Outcome, want)
	}
	return err
}

// scored fails unless the subject's list has the session by its idle limit.
func (w *moving) scored(s *redisstore.Store, id session.ID) error {
	one, err := s.Get(context.Background(), id)
	if err != nil {
		return err
	}
	score, err := w.rdb.ZScore(context.Background(), w.base()+"l:"+one.Subject, id.String()).Result()
	if err != nil || int64(score) != one.IdleAt.UnixMilli() {
		return errors.Join(fmt.Errorf("listed by %.0f, want %d", score, one.IdleAt.UnixMilli()), err)
	}
	return nil
}

func (w *moving) refreshes() []step {
	const advanced, retried, reused, gone = session.OutcomeAdvanced, session.OutcomeRetried, session.OutcomeReused, session.OutcomeGone
	const needs = hashKey | logKey | sessionKeys
	users := w.user(1, 2, 4, 1, 1)
	advance, retry, reuse, left, reporting := users[0], users[1], users[2], users[3], users[4]
	w.revoke(session.Revocation{Kind: session.KindSession, ID: left.ID})
	unknown := session.NewID(time.Now(), w.shard)
	return []step{
		{name: "refresh", needs: needs, do: func(s *redisstore.Store, again bool) error {
			if again {
				return rotates(s, advance.ID, 1, advanced, retried)
			}
			return rotates(s, advance.ID, 1, advanced)
		}, holds: func(s *redisstore.Store) error {
			return errors.Join(checks(s, advance, session.TokenID{}, nil), w.scored(s, advance.ID), rotates(s, advance.ID, 2, advanced),
				w.scored(s, advance.ID))
		}},
		{name: "refresh that would report reuse", needs: needs, do: func(s *redisstore.Store, again bool) error {
			r := rotationOf(reporting.ID, 1)
			r.ReportReuse = true
			got, err := s.Rotate(context.Background(), r)
			if err == nil && got.Outcome != advanced && (!again || got.Outcome != retried) {
				err = fmt.Errorf("outcome %d", got.Outcome)
			}
			return err
		}, holds: func(s *redisstore.Store) error {
			return errors.Join(checks(s, reporting, session.TokenID{}, nil), w.scored(s, reporting.ID))
		}},
		{name: "retried refresh", needs: needs, do: func(s *redisstore.Store, _ bool) error {
			return rotates(s, retry.ID, 1, retried)
		}, holds: func(s *redisstore.Store) error {
			return errors.Join(checks(s, retry, session.TokenID{}, nil), w.scored(s, retry.ID))
		}},
		{name: "reused refresh token", needs: needs, do: func(s *redisstore.Store, again bool) error {
			if again {
				return rotates(s, reuse.ID, 1, reused, gone)
			}
			return rotates(s, reuse.ID, 1, reused)
		}, holds: func(s *redisstore.Store) error {
			return errors.Join(checks(s, reuse, session.TokenID{}, session.ErrRevoked), rotates(s, reuse.ID, 4, gone),
				logs(s, session.Entry{Kind: session.KindSession, ID: reuse.ID}), w.unlisted(reuse),
				lists(s, reuse.Subject, advance.ID, retry.ID, reporting.ID))
		}},
		{name: "refresh after the logout", needs: needs, do: func(s *redisstore.Store, _ bool) error {
			return rotates(s, left.ID, 1, gone)
		}},
		{name: "refresh of no session", needs: never, do: func(s *redisstore.Store, _ bool) error {
			return rotates(s, unknown, 1, gone)
		}},
		{name: "ping", needs: hashKey | logKey, do: func(s *redisstore.Store, _ bool) error {
			return s.Ping(context.Background())
		}},
	}
}

// unlisted fails if the subject's list names the session.
func (w *moving) unlisted(one session.Session) error {
	if w.rdb.ZScore(context.Background(), w.base()+"l:"+one.Subject, one.ID.String()).Err() == nil {
		return errors.New("the list still names the session")
	}
	return nil
}

func (w *moving) revocations() []step {
	const needs = hashKey | logKey | sessionKeys
	leaver, spared, whole, lost := w.user(1, 2), w.user(1, 2, 1), w.user(1, 1), w.user(1, 1)
	token := session.NewTokenID()
	left := session.Revocation{Kind: session.KindSession, ID: leaver[0].ID, Reason: "left"}
	oneToken := session.Revocation{Kind: session.KindToken, ID: leaver[1].ID, Token: token}
	others := session.Revocation{Kind: session.KindSubject, Subject: spared[0].Subject, Except: spared[1].ID, Reason: "cut"}
	everything := session.Revocation{Kind: session.KindSubject, Subject: whole[0].Subject, Reason: "cut"}
	unknown := session.Revocation{Kind: session.KindSession, ID: session.NewID(time.Now(), w.shard)}
	return []step{
		{name: "logout", needs: needs, do: w.ends(left, 1), holds: func(s *redisstore.Store) error {
			return errors.Join(checks(s, leaver[0], session.TokenID{}, session.ErrRevoked), ended(s, leaver[0].ID, "left"),
				rotates(s, leaver[0].ID, 1, session.OutcomeGone), w.unlisted(leaver[0]), lists(s, leaver[0].Subject, leaver[1].ID),
				logs(s, session.Entry{Kind: session.KindSession, ID: leaver[0].ID}))
		}},
		{name: "revocation of a token", needs: needs, do: w.ends(oneToken, 1), holds: func(s *redisstore.Store) error {
			return errors.Join(checks(s, leaver[1], token, session.ErrRevoked), checks(s, leaver[1], session.TokenID{}, nil),
				logs(s, session.Entry{Kind: session.KindToken, ID: leaver[1].ID, Token: token}), w.scored(s, leaver[1].ID))
		}},
		{name: "revocation of no session", needs: never, do: w.ends(unknown, 0), holds: func(s *redisstore.Store) error {
			return logs(s, session.Entry{Kind: session.KindSession, ID: unknown.ID})
		}},
		{name: "end of the other sessions", needs: never, do: w.ends(others, 2), holds: func(s *redisstore.Store) error {
			return errors.Join(checks(s, spared[0], session.TokenID{}, session.ErrRevoked), checks(s, spared[1], session.TokenID{}, nil),
				checks(s, spared[2], session.TokenID{}, session.ErrRevoked), ended(s, spared[0].ID, "cut"),
				lists(s, spared[1].Subject, spared[1].ID), w.scored(s, spared[1].ID),
				logs(s, session.Entry{Kind: session.KindSubject, Subject: spared[0].Subject}))
		}},
		{name: "end of a user", needs: never, do: w.ends(everything, 2), holds: func(s *redisstore.Store) error {
			return errors.Join(checks(s, whole[0], session.TokenID{}, session.ErrRevoked), rotates(s, whole[1].ID, 1, session.OutcomeGone),
				lists(s, whole[0].Subject), ended(s, whole[1].ID, "cut"),
				logs(s, session.Entry{Kind: session.KindSubject, Subject: whole[0].Subject}))
		}},
		{name: "restore", needs: needs, do: func(s *redisstore.Store, _ bool) error {
			return s.Restore(context.Background(), int(w.shard), []session.Entry{
				{Kind: session.KindSession, ID: lost[0].ID, Until: time.Now().Add(retain)},
				{Kind: session.KindToken, ID: lost[1].ID, Token: token, Until: time.Now().Add(retain)},
			})
		}, holds: func(s *redisstore.Store) error {
			return errors.Join(checks(s, lost[0], session.TokenID{}, session.ErrRevoked), checks(s, lost[1], token, session.ErrRevoked),
				checks(s, lost[1], session.TokenID{}, nil), lists(s, lost[0].Subject, lost[1].ID),
				logs(s, session.Entry{Kind: session.KindToken, ID: lost[1].ID, Token: token}))
		}},
	}
}

// ends returns a call of Revoke that ends so many sessions. One that comes again may end fewer.
func (w *moving) ends(r session.Revocation, want int) func(*redisstore.Store, bool) error {
	return func(s *redisstore.Store, again bool) error {
		r := r
		r.Until = time.Now().Add(retain)
		n, err := s.Revoke(context.Background(), r)
		if err == nil && n != want && !(again && n < want) {
			err = fmt.Errorf("ended %d, want %d", n, want)
		}
		return err
	}
}

// logins can happen in a slot that moves only if nobody asks for a key that is not there.
func (w *moving) logins() []step {
	full := w.user(1, 1)
	for range 2 { // so that the first one is the one that would idle out first
		if err := rotates(w.patient, full[1].ID, full[1].Generation, session.OutcomeAdvanced); err != nil {
			w.t.Fatal(err)
		}
		full[1].Generation++
		time.Sleep(time.Millisecond)
	}
	fresh := w.subject()
	var begun, instead session.Session
	return []step{
		{name: "login", needs: never, do: func(s *redisstore.Store, _ bool) error {
			created, err := s.Create(context.Background(), loginOf(fresh))
			begun = created.Session
			return err
		}, holds: func(s *redisstore.Store) error {
			return errors.Join(checks(s, begun, session.TokenID{}, nil), lists(s, fresh, begun.ID), w.scored(s, begun.ID))
		}},
		{name: "login at the limit", needs: never, do: func(s *redisstore.Store, _ bool) error {
			c := loginOf(full[0].Subject)
			c.Limit = 2
			created, err := s.Create(context.Background(), c)
			instead = created.Session
			if err == nil && (len(created.Evicted) != 1 || created.Evicted[0] != full[0].ID) {
				err = fmt.Errorf("ended %v, want %v", created.Evicted, full[0].ID)
			}
			return err
		}, holds: func(s *redisstore.Store) error {
			return errors.Join(lists(s, full[0].Subject, full[1].ID, instead.ID), ended(s, full[0].ID, session.ReasonLimit),
				checks(s, full[0], session.TokenID{}, session.ErrRevoked))
		}},
	}
}
