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

// prepare begins the sessions that the steps are about, and returns a step for each thing that
// a verb can do.
func (w *moving) prepare() []step {
	w.t.Helper()
	return slices.Concat(w.reads(), w.refreshes(), w.revocations(), w.logins())
}

// user begins sessions of a new subject. Each is refreshed until its generation is as given.
func (w *moving) user(generations ...uint32) []session.Session {
	w.t.Helper()
	subject := w.subject()
	var list []session.Session
	for _, want := range generations {
		one := login(w.t, w.patient, subject)
		for one.Generation < want {
			r, err := w.patient.Rotate(context.Background(), rotationOf(one.ID, one.Generation))
			if err != nil || r.Outcome != session.OutcomeAdvanced {
				w.t.Fatalf("refresh: outcome %d, %v", r.Outcome, err)
			}
			one = r.Session
		}
		list = append(list, one)
	}
	return list
}

func (w *moving) revoke(r session.Revocation) {
	w.t.Helper()
	r.Until = time.Now().Add(retain)
	if _, err := w.patient.Revoke(context.Background(), r); err != nil {
		w.t.Fatal(err)
	}
}

// reads are what needs one key at a time, and goes on all the time.
func (w *moving) reads() []step {
	ctx := context.Background()
	live, cut, roster := w.user(1, 1, 2), w.user(1)[0], w.user(1)[0]
	token := session.NewTokenID()
	w.revoke(session.Revocation{Kind: session.KindSession, ID: live[1].ID, Reason: "left"})
	w.revoke(session.Revocation{Kind: session.KindToken, ID: live[0].ID, Token: token})
	w.revoke(session.Revocation{Kind: session.KindSubject, Subject: cut.Subject, Reason: "cut"})
	unknown := session.NewID(time.Now(), w.shard)
	epoch := w.epoch()
	return []step{
		{name: "check", do: func(s *redisstore.Store, _ bool) error {
			return errors.Join(
				checks(s, live[0], session.TokenID{}, nil),
				checks(s, live[0], token, session.ErrRevoked),
				checks(s, live[1], session.TokenID{}, session.ErrRevoked),
				checks(s, cut, session.TokenID{}, session.ErrRevoked),
				checks(s, session.Session{ID: unknown, Subject: cut.Subject}, session.TokenID{}, session.ErrRevoked))
		}},
		{name: "get", do: func(s *redisstore.Store, _ bool) error {
			one, err := s.Get(ctx, live[2].ID)
			if err != nil || one.Generation != 2 || one.Subject != live[2].Subject {
				return errors.Join(fmt.Errorf("%+v", one), err)
			}
			return errors.Join(gets(s, live[1].ID, session.ErrNotFound), gets(s, cut.ID, session.ErrNotFound),
				gets(s, unknown, session.ErrNotFound))
		}},
		{name: "list", do: func(s *redisstore.Store, _ bool) error {
			return errors.Join(lists(s, live[0].Subject, live[0].ID, live[2].ID), lists(s, cut.Subject))
		}},
		{name: "how it ended", do: func(s *redisstore.Store, _ bool) error {
			return errors.Join(ended(s, live[1].ID, "left"), ended(s, cut.ID, "cut"))
		}},
		{name: "log", do: func(s *redisstore.Store, _ bool) error {
			st, err := s.State(ctx, int(w.shard))
			if err != nil || st.Epoch != epoch || st.Length < 3 {
				return errors.Join(fmt.Errorf("state %+v", st), err)
			}
			return errors.Join(logs(s, session.Entry{Kind: session.KindSession, ID: live[1].ID}),
				logs(s, session.Entry{Kind: session.KindToken, ID: live[0].ID, Token: token}),
				logs(s, session.Entry{Kind: session.KindSubject, Subject: cut.Subject}))
		}},
		{name: "confirm", do: func(s *redisstore.Store, _ bool) error {
			return s.Confirm(ctx, []session.Use{{ID: live[2].ID, Generation: 2}, {ID: unknown, Generation: 1}})
		}, holds: func(s *redisstore.Store) error {
			if one, err := s.Get(ctx, live[2].ID); err != nil || !one.Confirmed {
				return errors.Join(fmt.Errorf("%+v", one), err)
			}
			return gets(s, unknown, session.ErrNotFound)
		}},
		{name: "announce", do: func(s *redisstore.Store, _ bool) error {
			if err := s.Announce(ctx, session.Node{ID: roster.Subject, Name: "a"}, time.Minute); err != nil {
				return err
			}
			nodes, err := s.Nodes(ctx)
			if !slices.ContainsFunc(nodes, func(n session.Node) bool { return n.ID == roster.Subject }) {
				return errors.Join(fmt.Errorf("nodes %v", nodes), err)
			}
			return err
		}},
	}
}

func checks(s *redisstore.Store, one session.Session, token session.TokenID, want error) error {
	return wants("check", want, s.Check(context.Background(), session.Probe{ID: one.ID, Subject: one.Subject, Token: token}))
}

func gets(s *redisstore.Store, id session.ID, want error) error {
	_, err := s.Get(context.Background(), id)
	return wants("get", want, err)
}

func wants(what string, want, got error) error {
	if errors.Is(got, want) {
		return nil
	}
	return errors.Join(errors.New(what+": want "+fmt.Sprint(want)+", not"), got)
}

// lists fails unless the subject's list holds these sessions, and no others.
func lists(s *redisstore.Store, subject string, want ...session.ID) error {
	list, err := s.List(context.Background(), subject)
	for _, one := range list {
		if !slices.Contains(want, one.ID) {
			return fmt.Errorf("%v is in the list", one.ID)
		}
	}
	if len(list) != len(want) {
		return errors.Join(fmt.Errorf("%d sessions in the list, want %d", len(list), len(want)), err)
	}
	return err
}

func ended(s *redisstore.Store, id session.ID, reason string) error {
	how, err := s.Ending(context.Background(), id)
	if err != nil || how.Reason != reason {
		return errors.Join(fmt.Errorf("ended by %q, want %q", how.Reason, reason), err)
	}
	return nil
}

// logs fails unless the log has an entry like this.
func logs(s *redisstore.Store, want session.Entry) error {
	shard := int(want.ID.Shard())
	if want.Kind == session.KindSubject {
		shard = int(session.ShardOf(want.Subject, s.Shards()))
	}
	entries, _, err := s.Read(context.Background(), shard, session.Position{}, 10_000, 0)
	for _, e := range entries {
		if e.Kind == want.Kind && e.ID == want.ID && e.Token == want.Token && e.Subject == want.Subject {
			return nil
		}
	}
	return errors.Join(fmt.Errorf("%d entries without the one of kind %d", len(entries), want.Kind), err)
}
