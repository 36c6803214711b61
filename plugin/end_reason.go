package ginauth

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/wire"
	"github.com/ginauth/ginauth/plugin/session"
)

// EndReason is a coarse reason why a session is over.
type EndReason string

// The reasons that [Auth.EndReason] returns.
const (
	EndedByUser       EndReason = "logged_out"    // its user ended it, here or on another device
	EndedByLimit      EndReason = "session_limit" // the user has as many newer sessions as allowed
	EndedByExpiry     EndReason = "expired"       // it was not used for too long, or reached its end
	EndedByRevocation EndReason = "revoked"       // someone other than the user ended it, or a refresh token was reused
	EndedUnknown      EndReason = "ended"         // it is over, and the store no longer knows why
)

// EndReason returns why the session of a refresh token is over, so that a client can show
// "you have logged out on another device" in place of a bare login form. It changes nothing.
// Errors: [ErrUnavailable].
//
// Only the holder of the session's last refresh token, or of the one before (whose reply may
// have been lost), learns the reason. Text that is not a refresh token of this application, an
// older token, and a token of a live session get "". If the store no longer knows the ending,
// it cannot tell the generations apart: then every token of a session that is gone gets
// [EndedUnknown] or [EndedByExpiry], which say no more than a refused refresh does. After a
// reused refresh token the reason is [EndedByRevocation], since the holder of the last token
// may be the thief.
func (a *Auth) EndReason(ctx context.Context, refreshToken string) (EndReason, error) {
	refresh, err := a.refresh.Decode(refreshToken)
	if err != nil {
		return "", nil //nolint:nilerr // junk learns nothing
	}
	end, err := a.ending(ctx, refresh.ID)
	switch {
	case errors.Is(err, session.ErrNotFound):
		return a.goneReason(ctx, refresh.ID)
	case err != nil:
		return "", a.storeError(ctx, err)
	case refresh.Generation > end.Generation || refresh.Generation+1 < end.Generation:
		return "", nil
	case refresh.Generation < end.Generation && end.Reason == session.ReasonReuse:
		return "", nil // the parent is the token that was reused
	}
	return reasonOf(end.Reason), nil
}

func (a *Auth) ending(ctx context.Context, id session.ID) (session.Ending, error) {
	if endings, ok := session.As[session.Endings](a.config.Store); ok {
		return endings.Ending(ctx, id)
	}
	return session.Ending{}, session.ErrNotFound
}

// goneReason is for a session without a known ending, "" if it is alive. It uses only the
// id's own time and the session's absence, so it is the same for every generation.
func (a *Auth) goneReason(ctx context.Context, id session.ID) (EndReason, error) {
	_, err := a.config.Store.Get(ctx, id)
	switch {
	case !errors.Is(err, session.ErrNotFound):
		return "", a.storeError(ctx, err)
	case id.Created().Add(a.config.SessionMaxTTL).After(a.now()):
		return EndedUnknown, nil
	}
	return EndedByExpiry, nil
}

// ownReasons are those of revocations that users cause themselves.
var ownReasons = []string{reasonLogout, reasonLogoutAll, reasonLogoutOthers, reasonSignOut, reasonLogin}

func reasonOf(reason string) EndReason {
	switch {
	case slices.Contains(ownReasons, reason):
		return EndedByUser
	case reason == session.ReasonLimit:
		return EndedByLimit
	case reason == session.ReasonExpired:
		return EndedByExpiry
	}
	return EndedByRevocation
}

type endReply struct {
	Code   int       `json:"code"`
	Reason EndReason `json:"reason"`
}

// EndReasonHandler is [Auth.EndReason] for clients: refresh_token as in [Auth.RefreshHandler].
// The reply is {"code":200,"reason":"logged_out"}, or [ErrNotFound] if there is no reason to
// give. In cookie mode, call it before the refresh, because a refused refresh clears the
// cookies. Mounting it is optional.
func (a *Auth) EndReasonHandler(c *gin.Context) {
	wire.NoStore(c)
	reason, err := a.endReason(c)
	if err != nil {
		a.Refuse(c, err)
		return
	}
	c.JSON(http.StatusOK, endReply{http.StatusOK, reason})
}

func (a *Auth) endReason(c *gin.Context) (EndReason, error) {
	text, byCookie, err := a.transport.Presented(c)
	if err != nil {
		return "", err
	}
	if text == "" {
		return "", ErrTokenMissing
	}
	if refresh, err := a.refresh.Decode(text); err == nil && byCookie {
		if err := a.checkCSRF(c, refresh.ID); err != nil {
			return "", err
		}
	}
	ctx, cancel := readContext(c)
	defer cancel()
	reason, err := a.EndReason(ctx, text)
	if err == nil && reason == "" {
		err = ErrNotFound
	}
	return reason, err
}
