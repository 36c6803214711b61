package metrics

import "github.com/prometheus/client_golang/prometheus"

// Gauge adds the gauge ginauth_<name>, which calls value at every scrape. name consists of
// letters, digits and underscores, and must be unique: a second gauge of the same name makes
// scrapes fail. value must be quick and safe for concurrent use.
func Gauge(name, help string, value func() float64) Option {
	return func(c *Collector) {
		c.gauges = append(c.gauges, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: namespace, Name: name, Help: help,
		}, value))
	}
}
