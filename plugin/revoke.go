package ginauth

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/session"
)

// RevokeOption changes a revocation made from Go.
type RevokeOption func(*revocation)

type revocation struct {
	reason     string
	actor      string
	everywhere bool
}

// Everywhere makes a revocation return only when every live node that keeps a copy of the list
// has applied it, or with [*session.Laggards] when ctx ends first; the revocation is in effect
// either way. Nodes without a copy ask the store on every request, so there is nothing to wait
// for.
func Everywhere() RevokeOption { return func(r *revocation) { r.everywhere = true } }

// Because records a reason in the event and with the sessions that it ends: a word or two, not
// user input. Control characters become _, and the text is cut to [session.MaxReason] bytes.
// "logout", "logout_all", "logout_others", "sign_out" and "login" mean that the user did it:
// see [Auth.EndReason].
func Because(reason string) RevokeOption {
	return func(r *revocation) { r.reason = tidy(reason, session.MaxReason) }
}

// By records in the event who asked for the revocation. Control characters become _, and the
// text is cut to [session.MaxSubject] bytes.
func By(actor string) RevokeOption {
	return func(r *revocation) { r.actor = tidy(actor, session.MaxSubject) }
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

// The reasons of revocations that the user's own requests cause.
const (
	reasonLogout       = "logout"
	reasonLogoutAll    = "logout_all"
	reasonLogoutOthers = "logout_others"
	reasonSignOut      = "sign_out"  // of one session in the list
	reasonLogin        = "login"     // that presented it
	reasonNoTokens     = "no_tokens" // could be made for it: see Auth.LoginHandler
)

// Sessions returns a user's live sessions, newest first. Errors: [ErrUnavailable]; [ErrInternal],
// which then wraps [session.ErrInvalidSubject], for a text that no user can have.
func (a *Auth) Sessions(ctx context.Context, subject string) ([]session.Session, error) {
	sessions, err := a.config.Store.List(ctx, subject)
	return sessions, a.storeError(ctx, err)
}

// RevokeSession ends one session: its refresh token and all its access tokens. It returns 1 if
// the session was live, and 0 if there was nothing to end, which is not an error. When it
// returns nil, the store has the revocation. Errors: [ErrUnavailable]; the revocation may or
// may not have happened.
func (a *Auth) RevokeSession(ctx context.Context, id session.ID, options ...RevokeOption) (int, error) {
	return a.revokeFor(ctx, session.Revocation{Kind: session.KindSession, ID: id}, "session", options)
}

// RevokeSubject ends every session the user has started so far, including sessions the store
// has lost. A session begun after it returns is not affected. It returns how many were live.
// Errors as for [Auth.Sessions]; after [ErrUnavailable] the revocation may or may not have happened.
func (a *Auth) RevokeSubject(ctx context.Context, subject string, options ...RevokeOption) (int, error) {
	return a.revokeFor(ctx, session.Revocation{Kind: session.KindSubject, Subject: subject}, "subject", options)
}

// RevokeOtherSessions is [Auth.RevokeSubject] except for one session: for "log out my other
// devices". After a change of password use [Auth.RevokeSubject] and [Auth.Login], since the
// session that made the change may have been copied.
func (a *Auth) RevokeOtherSessions(ctx context.Context, subject string, spared session.ID, options ...RevokeOption) (int, error) {
	return a.revokeFor(ctx, session.Revocation{Kind: session.KindSubject, Subject: subject, Except: spared}, "other_sessions", options)
}

// RevokeAll ends every session begun so far, of every user. On a very large store the count
// can be too low; the revocation itself is complete. Errors as for [Auth.RevokeSession].
func (a *Auth) RevokeAll(ctx context.Context, options ...RevokeOption) (int, error) {
	return a.revokeFor(ctx, session.Revocation{Kind: session.KindAll}, "all", options)
}

// RevokeToken revokes a token: an access token ends alone, a refresh token ends its session
// (RFC 7009 section 2.1), and a token of Config.Legacy ends its user's sessions. With
// [AccessRefresh] an access token ends its session too, also one that has expired. It returns the number of live tokens or sessions ended. Text that is not a token of
// this application is [ErrTokenInvalid]. Other errors as for [Auth.RevokeSession].
func (a *Auth) RevokeToken(ctx context.Context, text string, options ...RevokeOption) (int, error) {
	if strings.HasPrefix(text, token.RefreshPrefix) {
		refresh, err := a.refresh.Decode(text)
		if err != nil {
			return 0, refuse(ErrTokenInvalid, err)
		}
		return a.revokeFor(ctx, session.Revocation{Kind: session.KindSession, ID: refresh.ID}, "refresh_token", options)
	}
	access, err := a.access.Verify(text)
	switch {
	case a.config.AccessRefresh != nil && errors.Is(err, ErrTokenExpired) && !access.Legacy(): // another node may let it refresh for longer
	case a.expiredWithin(access, err):
	case errors.Is(err, ErrTokenExpired), errors.Is(err, ErrTokenRevoked):
		return 0, nil // dead already
	case err != nil:
		return 0, err
	}
	if living, err := a.endsSomething(ctx, access); !living || err != nil {
		return 0, err
	}
	what := access.Revocation()
	if a.config.AccessRefresh != nil {
		what = access.Logout() // it could refresh after the store has forgotten the token's end
	}
	return a.revokeFor(ctx, what, "access_token", options)
}

// revokeFor is a revocation from Go. reason is the default.
func (a *Auth) revokeFor(ctx context.Context, what session.Revocation, reason string, options []RevokeOption) (int, error) {
	r := revocation{reason: reason}
	for _, option := range options {
		option(&r)
	}
	n, err := a.revoke(ctx, what, r)
	if err != nil || !r.everywhere {
		return n, err
	}
	if barrier, ok := session.As[session.Barrier](a.config.Store); ok {
		if err := barrier.Everywhere(ctx); err != nil {
			return n, refuse(ErrUnavailable, err)
		}
	}
	return n, nil
}

// revokeOwn is a revocation that a request of its user causes.
func (a *Auth) revokeOwn(ctx context.Context, what session.Revocation, reason string) (int, error) {
	return a.revoke(ctx, what, revocation{reason: reason, actor: what.Subject})
}

// revoke is the only place that revokes.
func (a *Auth) revoke(ctx context.Context, what session.Revocation, r revocation) (int, error) {
	what.Until, what.Reason = a.config.until(what, a.now()), r.reason
	n, err := a.config.Store.Revoke(ctx, what)
	if err != nil {
		return 0, a.storeError(ctx, err)
	}
	kind := EventRevoked
	if r.reason == reasonLogout {
		kind = EventLogout
	}
	a.emit(ctx, Event{Kind: kind, Subject: what.Subject, Session: what.ID, Reason: r.reason, Actor: r.actor, Count: n})
	return n, nil
}
