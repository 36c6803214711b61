package ginauth

import (
	"context"
	"errors"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/session"
)

// storeTime bounds all store calls of one request together, so that an outage is
// answered with 503 within three seconds.
const storeTime = 2500 * time.Millisecond

// storeContext is the context of a request's writes to the store. It outlives the
// client: a logout whose client hangs up still happens.
func storeContext(c *gin.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(c.Request.Context()), storeTime)
}

// storeError turns what a store says into the class that the client sees. Whatever
// is not one of the contract's answers is an outage: fail closed.
func (a *Auth) storeError(ctx context.Context, c *gin.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, session.ErrRevoked):
		return refuse(ErrTokenRevoked, err)
	case errors.Is(err, session.ErrNotFound):
		return refuse(ErrNotFound, err)
	case errors.Is(err, session.ErrLimit):
		return refuse(ErrForbidden, err)
	case errors.Is(err, session.ErrInvalidSubject):
		return refuse(ErrInternal, err)
	}
	// A client that hung up is not an outage.
	if !errors.Is(err, context.Canceled) {
		a.emit(ctx, c, Event{Kind: EventStoreDown, Err: err})
	}
	return refuse(ErrUnavailable, err)
}
