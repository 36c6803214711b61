package mirror_test

import (
	"context"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
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
			created, err := r.Create(t.Context(), session.Create{Subject: "alice", IdleTTL: time.Hour, MaxTTL: time.Hour, Retain: retain})
			if err != nil || created.Session.Subject != "alice" {
				t.Fatalf("Create: %+v, %v", created, err)
			}
			if !refused(t, r, probe(created.Session)) {
				t.Error("it is alive")
			}
		})
	}
}
