package session_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/ginauth/ginauth/plugin/session"
)

// A store that did not answer has not said that a session is dead.
func TestOnlyAJudgementEndsASession(t *testing.T) {
	for err, want := range map[error]bool{
		nil: false, session.ErrRevoked: true, session.ErrInvalidID: true, fmt.Errorf("wrapped: %w", session.ErrRevoked): true,
		session.ErrUnavailable: false, session.ErrClosed: false, session.ErrNotFound: false, errors.New("other"): false,
	} {
		if got := session.Ended(err); got != want {
			t.Errorf("Ended(%v) is %v, want %v", err, got, want)
		}
	}
}
