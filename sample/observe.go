package main

import (
	"context"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/metrics"
	"github.com/ginauth/ginauth/plugin/mirror"
)

// newCollector counts events, and shows how the local copy stands, if there is one.
func (a *app) newCollector() *metrics.Collector {
	status := func(value func(mirror.Status) float64) func() float64 {
		return func() float64 {
			if a.copy == nil {
				return 0
			}
			return value(a.copy.Status())
		}
	}
	return metrics.New(
		metrics.Gauge(metrics.MirrorInStep, "1 while the local copy of the revocation list may be trusted.",
			status(func(s mirror.Status) float64 {
				if s.InStep {
					return 1
				}
				return 0
			})),
		metrics.Gauge(metrics.MirrorLagSeconds, "Age of the last proof that the local copy is in step.",
			status(func(s mirror.Status) float64 { return s.Lag.Seconds() })),
		metrics.Gauge(metrics.MirrorEntries, "Revocations that the local copy holds.",
			status(func(s mirror.Status) float64 { return float64(s.Entries) })),
	)
}

// observeCopy logs and counts what happens to the local copy.
func (a *app) observeCopy(e mirror.Event) {
	attrs := []any{"shard", e.Shard}
	if e.Err != nil {
		attrs = append(attrs, "error", e.Err)
	}
	event := ginauth.Event{Time: time.Now(), Count: e.Count, Err: e.Err}
	switch e.Kind {
	case mirror.EventStale:
		event.Kind = ginauth.EventStale
		a.logger.Warn("revocation list: stale; the store is asked on every request", attrs...)
	case mirror.EventHealed:
		event.Kind = ginauth.EventHealed
		a.logger.Warn("revocation list: put back what the store had lost", append(attrs, "count", e.Count)...)
	case mirror.EventError:
		event.Kind = ginauth.EventStoreDown
		a.logger.Warn("revocation list: cannot follow the store", attrs...)
	default:
		a.logger.Info("revocation list: "+e.Kind.String(), attrs...)
		return
	}
	a.collector.OnEvent(context.Background(), event)
}
