package ginauth

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/session"
)

// RevokeOption changes a revocation made from Go.
type RevokeOption func(*revocation)

type revocation struct {
	why        string
	by         string
	everywhere bool
}

// Everywhere makes a revocation return only when every live node that keeps a copy of
// the list has applied it, or with *session.Laggards when ctx ends first; the revocation
// stands either way. Without such nodes it changes nothing: they ask the store.
func Everywhere(r *revocation) { r.everywhere = true }

// Because notes a reason, in the event and with the tombstones of what it ended: a word or
// two, not user input. Control characters become _, and what is longer than
// session.MaxReason bytes is cut. "logout", "logout_all", "logout_others", "sign_out" and
// "login" mean that the user did it: see WhyRefused.
func Because(reason string) RevokeOption {
	return func(r *revocation) { r.why = tidy(reason, session.MaxReason) }
}

// By notes in the event who asked for the revocation. Control characters become _, and
// what is longer than session.MaxSubject bytes is cut.
func By(actor string) RevokeOption {
	return func(r *revocation) { r.by = tidy(actor, session.MaxSubject) }
}

// tidy makes a text fit for one line of a log.
func tidy(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(text, "_"))
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}

// revokeFor is a revocation from Go: what says what is being revoked.
func (a *Auth) revokeFor(ctx context.Context, what session.Revocation, why string, options []RevokeOption) (int, error) {
	r := revocation{why: why}
	for _, option := range options {
		option(&r)
	}
	n, err := a.end(ctx, nil, what, r)
	if err != nil || !r.everywhere {
		return n, err
	}
	if barrier, ok := a.store.(session.Barrier); ok {
		if err := barrier.Everywhere(ctx); err != nil {
			return n, refuse(ErrUnavailable, err)
		}
	}
	return n, nil
}

// revoke is a revocation that a request of its user brings about.
func (a *Auth) revoke(ctx context.Context, c *gin.Context, what session.Revocation, why string) (int, error) {
	return a.end(ctx, c, what, revocation{why: why, by: what.Subject})
}

// end is the one way to end something.
func (a *Auth) end(ctx context.Context, c *gin.Context, what session.Revocation, r revocation) (int, error) {
	what.Retain, what.Reason = a.retain(what.Kind), r.why
	n, err := a.store.Revoke(ctx, what)
	if err != nil {
		return 0, a.storeError(ctx, c, err)
	}
	kind := EventRevoked
	if r.why == reasonLogout {
		kind = EventLogout
	}
	a.emit(ctx, c, Event{Kind: kind, Subject: what.Subject, Session: what.ID, Reason: r.why, Actor: r.by, Count: n})
	return n, nil
}

// Reasons of revocations that requests of the user bring about.
const (
	reasonLogout       = "logout"
	reasonLogoutAll    = "logout_all"
	reasonLogoutOthers = "logout_others"
	reasonSignOut      = "sign_out" // of one session in the list
	reasonLogin        = "login"    // that presented it
)

// Sessions returns a user's live sessions, newest first. Errors: ErrUnavailable.
func (a *Auth) Sessions(ctx context.Context, subject string) ([]session.Session, error) {
	sessions, err := a.store.List(ctx, subject)
	return sessions, a.storeError(ctx, nil, err)
}

// RevokeSession ends one session: its refresh token and every access token of it. It
// returns 1 if the session was live, 0 if there was nothing to end; that is no error. The
// revocation is done when it returns nil: the store has it. Errors: ErrUnavailable,
// after which it may or may not have happened.
func (a *Auth) RevokeSession(ctx context.Context, id session.ID, options ...RevokeOption) (int, error) {
	return a.revokeFor(ctx, session.Revocation{Kind: session.KindSession, ID: id}, "session", options)
}

// RevokeSubject ends all sessions of a user begun until now, also such as the store has
// lost. A session begun after it returns is not touched. It returns how many were live.
// Errors as RevokeSession.
func (a *Auth) RevokeSubject(ctx context.Context, subject string, options ...RevokeOption) (int, error) {
	return a.revokeFor(ctx, session.Revocation{Kind: session.KindSubject, Subject: subject}, "subject", options)
}

// RevokeOtherSessions is RevokeSubject, sparing one session: for "log out my other
// devices" and after a change of password.
func (a *Auth) RevokeOtherSessions(ctx context.Context, subject string, spared session.ID, options ...RevokeOption) (int, error) {
	return a.revokeFor(ctx, session.Revocation{Kind: session.KindSubject, Subject: subject, Except: spared}, "other_sessions", options)
}

// RevokeAll ends every session of every user begun until now. The count can be lower
// than the truth on a store that is very large; the revocation itself is complete. Errors
// as RevokeSession.
func (a *Auth) RevokeAll(ctx context.Context, options ...RevokeOption) (int, error) {
	return a.revokeFor(ctx, session.Revocation{Kind: session.KindAll}, "all", options)
}

// RevokeToken ends what a token opens: an access token dies alone, a refresh token
// takes its session with it (RFC 7009 section 2.1), one that Config.AcceptLegacyUntil
// lets in its user. It returns 1 if that was live. Text that is no token of ours is ErrTokenInvalid. Other errors as RevokeSession.
func (a *Auth) RevokeToken(ctx context.Context, token string, options ...RevokeOption) (int, error) {
	if strings.HasPrefix(token, session.RefreshPrefix) {
		refresh, err := a.refresh.Decode(token)
		if err != nil {
			return 0, refuse(ErrTokenInvalid, err)
		}
		return a.revokeFor(ctx, session.Revocation{Kind: session.KindSession, ID: refresh.ID}, "refresh_token", options)
	}
	access, err := a.tokens.Verify(token)
	switch {
	case errors.Is(err, ErrTokenExpired), errors.Is(err, ErrTokenRevoked):
		return 0, nil // dead already
	case err != nil:
		return 0, err
	}
	return a.revokeFor(ctx, revocationOf(access), "access_token", options)
}
