package redisstore

import (
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Tune sets the options that suit a [Store], where the caller has left them zero: time-outs of
// 1 s, half a second to dial with no second try, one retry of a command. It always turns
// context deadlines on. It turns off the commands at connection time that Redis before 7.2 and
// its relatives answer with errors.
//
// A Store works with any client. With an untuned one, a silent Redis can hold a goroutine and
// a connection for some 20 s after each abandoned call.
func Tune(o *redis.UniversalOptions) {
	o.ContextTimeoutEnabled = true
	o.DisableIdentity = true
	if o.MaintNotificationsConfig == nil {
		o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	}
	setDefault(&o.MaxRetries, 1)
	setDefault(&o.DialerRetries, 1)
	setDefault(&o.DialTimeout, 500*time.Millisecond)
	setDefault(&o.ReadTimeout, time.Second)
	setDefault(&o.WriteTimeout, time.Second)
	setDefault(&o.PoolTimeout, time.Second)
}

func setDefault[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}

// knobs are the fields that Tune sets and that the three kinds of go-redis options share.
type knobs struct {
	contextTimeout, noIdentity *bool
	maintNotifications         **maintnotifications.Config
	retries, dialRetries       *int
	dial, read, write, pool    *time.Duration
}

// tune is Tune for options that a URL made. What the URL has set stays.
func tune(k knobs) {
	o := redis.UniversalOptions{
		MaintNotificationsConfig: *k.maintNotifications,
		MaxRetries:               *k.retries,
		DialerRetries:            *k.dialRetries,
		DialTimeout:              *k.dial,
		ReadTimeout:              *k.read,
		WriteTimeout:             *k.write,
		PoolTimeout:              *k.pool,
	}
	Tune(&o)
	*k.contextTimeout, *k.noIdentity = o.ContextTimeoutEnabled, o.DisableIdentity
	*k.maintNotifications = o.MaintNotificationsConfig
	*k.retries, *k.dialRetries = o.MaxRetries, o.DialerRetries
	*k.dial, *k.read, *k.write, *k.pool = o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout
}
