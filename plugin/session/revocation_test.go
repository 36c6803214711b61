package session_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

func TestARevocationNeedsTheFieldOfItsKind(t *testing.T) {
	id, token := session.NewID(time.Now(), 0), session.NewTokenID()
	for name, row := range map[string]struct {
		r    session.Revocation
		want error
	}{
		"session":               {session.Revocation{Kind: session.KindSession, ID: id}, nil},
		"session without id":    {session.Revocation{Kind: session.KindSession, Token: token, Subject: "x"}, session.ErrInvalidID},
		"token":                 {session.Revocation{Kind: session.KindToken, ID: id, Token: token}, nil},
		"token without session": {session.Revocation{Kind: session.KindToken, Token: token}, session.ErrInvalidID},
		"token without jti":     {session.Revocation{Kind: session.KindToken, ID: id}, session.ErrInvalidID},
		"subject":               {session.Revocation{Kind: session.KindSubject, Subject: strings.Repeat("x", session.MaxSubject)}, nil},
		"no subject":            {session.Revocation{Kind: session.KindSubject, ID: id}, session.ErrInvalidSubject},
		"a long subject":        {session.Revocation{Kind: session.KindSubject, Subject: strings.Repeat("x", session.MaxSubject+1)}, session.ErrInvalidSubject},
		"a subject not UTF-8":   {session.Revocation{Kind: session.KindSubject, Subject: "a\xff"}, session.ErrInvalidSubject},
		"all":                   {session.Revocation{Kind: session.KindAll}, nil},
	} {
		if err := row.r.Validate(); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
	for _, kind := range []session.Kind{0, session.KindAll + 1} {
		if (session.Revocation{Kind: kind, ID: id, Subject: "x"}).Validate() == nil {
			t.Errorf("kind %d is valid", kind)
		}
	}
}
