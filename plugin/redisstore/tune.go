package redisstore

import (
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Tune sets what suits a Store where the caller has set nothing (zero): short
// time-outs of 1 s, dialling in half a second without repeats, one retry, deadlines
// of contexts kept, and no commands at connection time that Redis before 7.2 and
// its relatives answer with errors. A Store works with any client; with an untuned
// one a silent Redis can hold a goroutine and a connection for some 20 s behind
// each call that was given up.
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
