package ginauth

import (
	"context"
	"errors"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/session"
)

// revoke is the one way to end something. why is the event's Reason.
func (a *Auth) revoke(ctx context.Context, c *gin.Context, r session.Revocation, why string) (int, error) {
	r.Retain = a.policy.retain
	n, err := a.store.Revoke(ctx, r)
	if err != nil {
		return 0, a.storeError(ctx, c, err)
	}
	kind := EventRevoked
	if why == reasonLogout {
		kind = EventLogout
	}
	a.emit(ctx, c, Event{Kind: kind, Subject: r.Subject, Session: r.ID, Reason: why, Count: n})
	return n, nil
}

const reasonLogout = "logout"

// Sessions returns a user's live sessions, newest first. Errors: ErrUnavailable.
func (a *Auth) Sessions(ctx context.Context, subject string) ([]session.Session, error) {
	sessions, err := a.store.List(ctx, subject)
	return sessions, a.storeError(ctx, nil, err)
}

// RevokeSession ends one session: its refresh token and every access token of it. It
// returns 1 if the session was live, 0 if there was nothing to end; that is no error. The
// revocation is done when it returns nil: the store has it. Errors: ErrUnavailable,
// after which it may or may not have happened.
func (a *Auth) RevokeSession(ctx context.Context, id session.ID) (int, error) {
	return a.revoke(ctx, nil, session.Revocation{Kind: session.KindSession, ID: id}, "session")
}

// RevokeSubject ends all sessions of a user begun until now, also such as the store has
// lost. A session begun after it returns is not touched. It returns how many were live.
// Errors as RevokeSession.
func (a *Auth) RevokeSubject(ctx context.Context, subject string) (int, error) {
	return a.revoke(ctx, nil, session.Revocation{Kind: session.KindSubject, Subject: subject}, "subject")
}

// RevokeOtherSessions is RevokeSubject, sparing one session: for "log out my other
// devices" and after a change of password.
func (a *Auth) RevokeOtherSessions(ctx context.Context, subject string, spared session.ID) (int, error) {
	return a.revoke(ctx, nil, session.Revocation{Kind: session.KindSubject, Subject: subject, Except: spared}, "other_sessions")
}

// RevokeAll ends every session of every user begun until now. The count can be lower
// than the truth on a store that is very large; the revocation itself is complete. Errors
// as RevokeSession.
func (a *Auth) RevokeAll(ctx context.Context) (int, error) {
	return a.revoke(ctx, nil, session.Revocation{Kind: session.KindAll}, "all")
}

// RevokeToken ends what a token opens: an access token dies alone, a refresh token
// takes its session with it (RFC 7009 section 2.1). It returns 1 if that was live. Text
// that is no token of ours is ErrTokenInvalid. Other errors as RevokeSession.
func (a *Auth) RevokeToken(ctx context.Context, token string) (int, error) {
	if strings.HasPrefix(token, session.RefreshPrefix) {
		refresh, err := a.refresh.Decode(token)
		if err != nil {
			return 0, refuse(ErrTokenInvalid, err)
		}
		return a.revoke(ctx, nil, session.Revocation{Kind: session.KindSession, ID: refresh.ID}, "refresh_token")
	}
	access, err := a.verify(token)
	switch {
	case errors.Is(err, ErrTokenExpired):
		return 0, nil // dead already
	case err != nil:
		return 0, err
	}
	return a.revoke(ctx, nil, session.Revocation{
		Kind: session.KindToken, ID: access.SessionID, Token: access.TokenID, Subject: access.Subject,
	}, "access_token")
}
