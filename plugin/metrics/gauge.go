package metrics

import "github.com/prometheus/client_golang/prometheus"

// Names for Gauge that the dashboard in docs/ looks for: the state of a node's local
// copy of the revocation list.
const (
	MirrorInStep     = "mirror_in_step"     // 1 while the copy may be trusted, else 0
	MirrorLagSeconds = "mirror_lag_seconds" // age of the last proof that it is in step
	MirrorEntries    = "mirror_entries"     // revocations that it holds
)

// Gauge adds a value that is asked for at every scrape, as ginauth_<name>. name is
// letters, digits and underscores, each one once: a second one of the same name makes
// scrapes fail. value must be quick and safe for concurrent use.
func Gauge(name, help string, value func() float64) Option {
	return func(c *Collector) {
		c.gauges = append(c.gauges, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: namespace, Name: name, Help: help,
		}, value))
	}
}
