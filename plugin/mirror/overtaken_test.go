package mirror_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

// lateReply is a store that answers logins late: it runs meanwhile between its work and its
// reply.
type lateReply struct {
	session.LoggedStore
	meanwhile func(session.ID)
}

func (s *lateReply) Create(ctx context.Context, c session.Create) (session.Created, error) {
	created, err := s.LoggedStore.Create(ctx, c)
	s.meanwhile(created.Session.ID)
	return created, err
}

// The session of a login ends before the reply to the login arrives. The store is healthy, so
// this is not an outage.
func TestLoginThatWasEndedBeforeItsReply(t *testing.T) {
	for name, end := range map[string]func(session.ID) session.Revocation{
		"by a logout of the subject": func(session.ID) session.Revocation {
			return session.Revocation{Kind: session.KindSubject, Subject: "alice"}
		},
		"by a cut-off of everybody": func(session.ID) session.Revocation { return session.Revocation{Kind: session.KindAll} },
		"by another login, beyond the limit": func(id session.ID) session.Revocation {
			return session.Revocation{Kind: session.KindSession, ID: id}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &lateReply{LoggedStore: memstore.New()}
			r := ready(t, s, quick())
			s.meanwhile = func(id session.ID) {
				revoke(t, s, end(id))
				eventually(t, "the copy knows", func() bool {
					return refused(t, r, probe(session.Session{ID: id, Subject: "alice"}))
				})
			}
			created, err := r.Create(t.Context(), creation(s, "alice"))
			if err != nil || created.Session.Subject != "alice" {
				t.Fatalf("Create: %+v, %v", created, err)
			}
			if !refused(t, r, probe(created.Session)) {
				t.Error("it is alive")
			}
		})
	}
}

// The store loses a cut-off right after it was made, and the copy of this node has it. A login
// that began before the cut-off began with the old password.
func TestLoginOvertakenByACutoffThatTheStoreHasLost(t *testing.T) {
	for name, rev := range map[string]session.Revocation{
		"of the subject": {Kind: session.KindSubject, Subject: "alice"},
		"of everybody":   {Kind: session.KindAll},
	} {
		t.Run(name, func(t *testing.T) {
			f := behindFaults(memstore.New())
			r := ready(t, f, mirror.Options{MaxStaleness: time.Hour, Heartbeat: 30 * time.Minute}) // it has not noticed yet
			early := creation(r, "alice")
			early.Began = r.Now()
			revoke(t, r, rev)
			time.Sleep(2 * time.Millisecond) // sessions of the same millisecond are dead in any case
			late := creation(r, "alice")
			late.Began = r.Now()
			empty := memstore.New()
			f.set(func(f *faulty) { f.inner = empty })
			if _, err := r.Create(t.Context(), early); !errors.Is(err, session.ErrOvertaken) {
				t.Errorf("a login that began before: %v, want ErrOvertaken", err)
			}
			if list, err := empty.List(t.Context(), "alice"); len(list) > 0 || err != nil {
				t.Errorf("it began %d sessions, %v", len(list), err)
			}
			if _, err := r.Create(t.Context(), late); err != nil {
				t.Errorf("a login that began after it: %v", err)
			}
		})
	}
}

// A new node waits while somebody puts entries back. A login that a cut-off overtook in a store
// that has lost nothing does not make it wait.
func TestOvertakenLoginAnnouncesNothing(t *testing.T) {
	s := memstore.New()
	r := ready(t, s, quick())
	c := creation(r, "alice")
	c.Began = r.Now()
	revoke(t, r, session.Revocation{Kind: session.KindSubject, Subject: "alice"})
	if _, err := r.Create(t.Context(), c); !errors.Is(err, session.ErrOvertaken) {
		t.Errorf("%v, want ErrOvertaken", err)
	}
	if st, err := s.State(t.Context(), 0); err != nil || !st.Restoring.IsZero() {
		t.Errorf("somebody puts entries back until %v, %v", st.Restoring, err)
	}
}
