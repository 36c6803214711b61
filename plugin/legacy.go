package ginauth

import (
	"time"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/session"
)

// longest is how long the end of old tokens is waited for at most: no token lives that long.
const longest = 100 * 365 * 24 * time.Hour

// revocation ends this token. One without a session has no name of its own: its user does.
func revocationOf(a *token.Verified) session.Revocation {
	if a.Legacy() {
		return session.Revocation{Kind: session.KindSubject, Subject: a.Subject}
	}
	return session.Revocation{Kind: session.KindToken, ID: a.SessionID, Token: a.TokenID, Subject: a.Subject}
}

// logout ends what this token is logged in with: its session or, without one, its user.
func logoutOf(a *token.Verified) session.Revocation {
	if a.Legacy() {
		return revocationOf(a)
	}
	return session.Revocation{Kind: session.KindSession, ID: a.SessionID, Subject: a.Subject}
}

// retain is how long a revocation of now matters. What ends a subject or everybody ends
// old tokens too, which may live longer than ours.
func (a *Auth) retain(kind session.Kind) time.Duration {
	if kind != session.KindSubject && kind != session.KindAll || a.legacyUntil.IsZero() {
		return a.policy.retain
	}
	left := min(a.legacyUntil.Sub(a.now()), longest) // a difference of ages would overflow with skew
	return max(a.policy.retain, left+skew)
}
