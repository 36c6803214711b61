package ginauth

import (
	"context"
	"errors"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/session"
)

// storeTime bounds the time that all store calls of one request take together, so that an
// outage is answered with 503 within three seconds. The time between the calls, of the
// application's handlers and password checks, does not count. Nor do checks that are not
// strict, the hot path: a store that is down is noticed there before anything else is asked, and
// the store itself limits the call.
const storeTime = 2500 * time.Millisecond

// writeContext is the context of a request's writes to the store. It outlives the client: a
// logout whose client hangs up still happens.
func writeContext(c *gin.Context) (context.Context, context.CancelFunc) {
	return limitedContext(context.WithoutCancel(requestContext(c)), c)
}

// readContext is the context of a request that only reads. It ends with the client.
func readContext(c *gin.Context) (context.Context, context.CancelFunc) {
	return limitedContext(requestContext(c), c)
}

// limitedContext ends when the request has used up its storeTime.
func limitedContext(parent context.Context, c *gin.Context) (context.Context, context.CancelFunc) {
	began, spent := time.Now(), c.GetDuration(spentKey)
	ctx, cancel := context.WithTimeout(parent, storeTime-spent)
	return ctx, func() {
		cancel()
		c.Set(spentKey, spent+time.Since(began))
	}
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
	case errors.Is(err, session.ErrInvalidID):
		return refuse(ErrTokenInvalid, err)
	case errors.Is(err, session.ErrInvalidSubject):
		return refuse(ErrInternal, err)
	case errors.Is(err, session.ErrOvertaken):
		return refuse(ErrUnavailable, err) // the store is well, so this is no EventStoreDown
	}
	// A client that hung up is not an outage.
	if !errors.Is(err, context.Canceled) {
		a.emit(ctx, Event{Kind: EventStoreDown, Err: err})
	}
	return refuse(ErrUnavailable, err)
}
