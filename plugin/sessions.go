package ginauth

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/internal/wire"
	"github.com/ginauth/ginauth/plugin/session"
)

// SessionView is a session as its user may see it, without token material. Times are Unix
// seconds.
type SessionView struct {
	ID         string `json:"id"`
	Current    bool   `json:"current"`
	CreatedAt  int64  `json:"created_at"`
	LastUsedAt int64  `json:"last_used_at"`
	ExpiresAt  int64  `json:"expires_at"`
	IP         string `json:"ip"`
	UserAgent  string `json:"user_agent"`
	Device     string `json:"device,omitempty"` // Config.DeviceName
}

// ViewSessions renders sessions for a reply. current marks the caller's own.
func ViewSessions(sessions []session.Session, current session.ID) []SessionView {
	views := make([]SessionView, 0, len(sessions))
	for _, s := range sessions {
		views = append(views, SessionView{
			ID: s.ID.String(), Current: s.ID == current, IP: s.IP, UserAgent: s.UserAgent, Device: s.Device,
			CreatedAt: s.CreatedAt.Unix(), LastUsedAt: s.LastUsedAt.Unix(), ExpiresAt: s.Deadline().Unix(),
		})
	}
	return views
}

type sessionsReply struct {
	Sessions []SessionView `json:"sessions"`
}

// SessionsHandler lists the user's own live sessions, newest first.
func (a *Auth) SessionsHandler(c *gin.Context) {
	wire.NoStore(c)
	access, err := a.current(c)
	if err != nil {
		a.refused(c, err)
		return
	}
	ctx, cancel := readContext(c)
	defer cancel()
	sessions, err := a.config.Store.List(ctx, access.Subject)
	if err != nil {
		a.Refuse(c, a.storeError(ctx, err))
		return
	}
	c.JSON(http.StatusOK, sessionsReply{ViewSessions(sessions, access.SessionID)})
}

// DeleteSessionHandler ends the user's own session whose id is the route's parameter "id", and
// replies {"code":200,"revoked":1}. Another user's session and one that does not exist are
// the same [ErrNotFound].
func (a *Auth) DeleteSessionHandler(c *gin.Context) {
	wire.NoStore(c)
	access, err := a.mayEnd(c)
	if err != nil {
		a.refused(c, err)
		return
	}
	n, err := a.signOut(c, access, c.Param("id"))
	switch {
	case errors.Is(err, ErrTooManyAttempts):
		a.refused(c, err) // with its event
		return
	case err != nil:
		a.Refuse(c, err)
		return
	}
	c.JSON(http.StatusOK, revokedReply{http.StatusOK, n})
}

func (a *Auth) signOut(c *gin.Context, access *token.Verified, text string) (int, error) {
	id, err := session.ParseID(text)
	if err != nil {
		return 0, refuse(ErrNotFound, err)
	}
	ctx, cancel := writeContext(c)
	defer cancel()
	s, err := a.config.Store.Get(ctx, id)
	if err != nil {
		return 0, a.storeError(ctx, err)
	}
	if s.Subject != access.Subject {
		return 0, ErrNotFound
	}
	if id != access.SessionID {
		if err := a.takeTurnToEnd(c, access); err != nil {
			return 0, err
		}
	}
	n, err := a.revokeOwn(ctx, session.Revocation{Kind: session.KindSession, ID: id, Subject: access.Subject}, reasonSignOut)
	if err == nil && n == 0 {
		err = ErrNotFound // it ended after Get
	}
	return n, err
}
