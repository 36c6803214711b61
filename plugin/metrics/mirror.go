package metrics

import "github.com/ginauth/ginauth/plugin/mirror"

// Mirror adds three gauges of a node's local copy of the revocation list:
//
//	ginauth_mirror_in_step      1 while the copy may let tokens pass, otherwise 0
//	ginauth_mirror_lag_seconds  age of the last proof that the copy is complete
//	ginauth_mirror_entries      revocations that the copy holds
//
// A nil m adds nothing, so an application can pass its mirror variable whether it uses a
// mirror or not. Use Mirror once per [Collector].
func Mirror(m *mirror.Mirror) Option {
	if m == nil {
		return func(*Collector) {}
	}
	gauges := []Option{
		Gauge("mirror_in_step", "1 while the local copy of the revocation list may let tokens pass.", func() float64 {
			if m.Ready() {
				return 1
			}
			return 0
		}),
		Gauge("mirror_lag_seconds", "Age of the last proof that the local copy is complete.", func() float64 {
			return m.Status().Lag.Seconds()
		}),
		Gauge("mirror_entries", "Revocations that the local copy holds.", func() float64 {
			return float64(m.Status().Entries)
		}),
	}
	return func(c *Collector) {
		for _, gauge := range gauges {
			gauge(c)
		}
	}
}
