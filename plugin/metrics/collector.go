package metrics

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	ginauth "github.com/ginauth/ginauth/plugin"
)

const namespace = "ginauth"

// Collector counts events. It is a [prometheus.Collector]: register it, or mount
// [Collector.Handler]. Make it with [New]. It is safe for concurrent use.
type Collector struct {
	events   *prometheus.CounterVec
	refusals *prometheus.CounterVec
	gauges   []prometheus.Collector

	// The same counters, for access without the vectors' locks.
	byKind   map[string]prometheus.Counter
	byReason map[refusal]prometheus.Counter
}

// Option adds metrics to a [Collector]; see [Gauge] and [Mirror].
type Option func(*Collector)

// New makes a Collector with all counters at 0. It does not register the Collector. A bad name
// given to [Gauge] becomes an error when the Collector is registered.
func New(options ...Option) *Collector {
	c := &Collector{
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "events_total", Help: "Events of the login system, by kind.",
		}, []string{"kind"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "refusals_total", Help: "Refused logins and requests, by the code of the refusal.",
		}, []string{"kind", "reason"}),
		byKind:   make(map[string]prometheus.Counter),
		byReason: make(map[refusal]prometheus.Counter),
	}
	for _, kind := range ginauth.EventKinds() {
		c.byKind[kind.String()] = c.events.WithLabelValues(kind.String())
	}
	for _, r := range refusals() {
		c.byReason[r] = c.refusals.WithLabelValues(r.kind.String(), r.reason)
	}
	for _, option := range options {
		option(c)
	}
	return c
}

// OnEvent counts one event. Use it as Config.OnEvent of [ginauth.Config], or call it from the
// application's own hook. It never blocks.
func (c *Collector) OnEvent(_ context.Context, e ginauth.Event) {
	if counter, ok := c.byKind[e.Kind.String()]; ok {
		counter.Inc()
	}
	if counter, ok := c.byReason[refusalOf(e)]; ok {
		counter.Inc()
	}
}

// Handler serves the metrics of this Collector, in the Prometheus text format or in OpenMetrics,
// as the scraper requests. It does not authenticate: mount it where only the scraper has
// access. To serve other metrics as well, register the Collector and use promhttp.
//
// Handler panics if a name given to [Gauge] is not a valid metric name.
func (c *Collector) Handler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
}

// Describe implements [prometheus.Collector].
func (c *Collector) Describe(descs chan<- *prometheus.Desc) {
	for _, part := range c.parts() {
		part.Describe(descs)
	}
}

// Collect implements [prometheus.Collector].
func (c *Collector) Collect(samples chan<- prometheus.Metric) {
	for _, part := range c.parts() {
		part.Collect(samples)
	}
}

func (c *Collector) parts() []prometheus.Collector {
	return append([]prometheus.Collector{c.events, c.refusals}, c.gauges...)
}
