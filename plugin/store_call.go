package ginauth

import (
	"context"
	"errors"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/session"
)

// storeTime bounds all store calls of one request together, so that an outage is answered
// with 503 within three seconds.
const storeTime = 2500 * time.Millisecond

// writeContext is the context of a request's writes to the store. It outlives the client: a
// logout whose client hangs up still happens.
func writeContext(c *gin.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(requestContext(c)), storeTime)
}

// readContext is the context of a request that only reads. It ends with the client.
func readContext(c *gin.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(requestContext(c), storeTime)
}

// requestContext is the request's context with the client's address, which events show.
func requestContext(c *gin.Context) context.Context {
	return context.WithValue(c.Request.Context(), addressKey, c.ClientIP())
}

// clientAddress is the address in the context of a request, "" outside of one.
func clientAddress(ctx context.Context) string {
	address, _ := ctx.Value(addressKey).(string)
	return address
}

// storeError turns an error of the store into the class that the client sees. Everything
// that is not a plain answer is an outage: fail closed.
func (a *Auth) storeError(ctx context.Context, err error) error {
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
		a.emit(ctx, Event{Kind: EventStoreDown, Err: err})
	}
	return refuse(ErrUnavailable, err)
}
