package ginauth

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/session"
)

// Why is a coarse reason for which a session is over.
type Why string

// The reasons that WhyRefused tells.
const (
	WhyLoggedOut Why = "logged_out"    // its user ended it, here or on another device
	WhyReplaced  Why = "session_limit" // the user has newer sessions, as many as allowed
	WhyExpired   Why = "expired"       // it was not used for too long, or has reached its end
	WhyRevoked   Why = "revoked"       // somebody else ended it, reuse of a refresh token included
	WhyEnded     Why = "ended"         // it is over, and the store no longer knows why
)

// WhyRefused tells the client of a dead session why it is over: "you have logged out on
// another device" instead of a bare login form. Only the holder of the session's last
// refresh token, or of the one before (whose reply was lost), learns it. Text that is no
// refresh token of ours, an older one, and one of a live session learn nothing: "". Where the
// store knows no ending, nothing tells generations apart: every token of a session that is
// gone then learns WhyEnded or WhyExpired, which say no more than a refused refresh.
//
// That a refresh token was reused is told as WhyRevoked: the last one may be the thief's.
// It changes nothing. Errors: ErrUnavailable.
func (a *Auth) WhyRefused(ctx context.Context, refreshToken string) (Why, error) {
	token, err := a.refresh.Decode(refreshToken)
	if err != nil {
		return "", nil //nolint:nilerr // junk learns nothing
	}
	end, err := a.ending(ctx, token.ID)
	switch {
	case errors.Is(err, session.ErrNotFound):
		return a.whyGone(ctx, token.ID)
	case err != nil:
		return "", a.storeError(ctx, nil, err)
	case token.Generation > end.Generation || token.Generation+1 < end.Generation:
		return "", nil
	case token.Generation < end.Generation && end.Reason == session.ReasonReuse:
		return "", nil // the parent is what was reused
	}
	return whyOf(end.Reason), nil
}

func (a *Auth) ending(ctx context.Context, id session.ID) (session.Ending, error) {
	if endings, ok := a.store.(session.Endings); ok {
		return endings.Ending(ctx, id)
	}
	return session.Ending{}, session.ErrNotFound
}

// whyGone is for a session of which no ending is known, "" if it is alive. The same for
// every generation: it is made of the id's own time and of the session's absence alone.
func (a *Auth) whyGone(ctx context.Context, id session.ID) (Why, error) {
	_, err := a.store.Get(ctx, id)
	switch {
	case !errors.Is(err, session.ErrNotFound):
		return "", a.storeError(ctx, nil, err)
	case id.Created().Add(a.policy.max).After(a.now()):
		return WhyEnded, nil
	}
	return WhyExpired, nil
}

// ownReasons are those of revocations that users bring about themselves.
var ownReasons = []string{reasonLogout, reasonLogoutAll, reasonLogoutOthers, reasonSignOut, reasonLogin}

func whyOf(reason string) Why {
	switch {
	case slices.Contains(ownReasons, reason):
		return WhyLoggedOut
	case reason == session.ReasonLimit:
		return WhyReplaced
	case reason == session.ReasonExpired:
		return WhyExpired
	}
	return WhyRevoked
}

type whyReply struct {
	Code   int `json:"code"`
	Reason Why `json:"reason"`
}

// WhyRefusedHandler is WhyRefused for clients: refresh_token as RefreshHandler takes it. The
// reply is {"code":200,"reason":"logged_out"}, or ErrNotFound where nothing may be told. In
// cookie mode it is asked before the refresh, which clears the cookies when it is refused. It is mounted only
// by who wants it.
func (a *Auth) WhyRefusedHandler(c *gin.Context) {
	noStore(c)
	token, byCookie, err := a.presentedRefresh(c)
	if err == nil && token == "" {
		err = ErrTokenMissing
	}
	if err == nil && byCookie {
		if refresh, decodeErr := a.refresh.Decode(token); decodeErr == nil {
			err = a.checkCSRF(c, refresh.ID)
		}
	}
	if err != nil {
		a.Refuse(c, err)
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), storeTime)
	defer cancel()
	why, err := a.WhyRefused(ctx, token)
	if err == nil && why == "" {
		err = ErrNotFound
	}
	if err != nil {
		a.Refuse(c, err)
		return
	}
	c.JSON(http.StatusOK, whyReply{http.StatusOK, why})
}
