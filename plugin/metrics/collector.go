package metrics

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	ginauth "github.com/ginauth/ginauth/plugin"
)

const namespace = "ginauth"

// Collector counts events. It is a prometheus.Collector: register it, or mount
// Handler. Make it with New; it is safe for concurrent use.
type Collector struct {
	events   *prometheus.CounterVec
	refusals *prometheus.CounterVec
	gauges   []prometheus.Collector

	// The same counters, found without taking the vector's lock at each event.
	byKind   map[string]prometheus.Counter
	byReason map[refusal]prometheus.Counter
}

// Option adds something to a Collector.
type Option func(*Collector)

// New makes a Collector with all its counters at 0. It registers nothing anywhere. A bad
// name given to Gauge is an error when the Collector is registered.
func New(options ...Option) *Collector {
	c := &Collector{
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "events_total", Help: "Events of the login system, by kind.",
		}, []string{"kind"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "refusals_total", Help: "Refused logins and requests, by the word of the refusal.",
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

// OnEvent counts one event. It is what ginauth's Config.OnEvent wants; a service that
// hears of events itself calls it from its own hook. It never blocks.
func (c *Collector) OnEvent(_ context.Context, e ginauth.Event) {
	if counter, ok := c.byKind[e.Kind.String()]; ok {
		counter.Inc()
	}
	if counter, ok := c.byReason[refusalOf(e)]; ok {
		counter.Inc()
	}
}

// Handler serves this Collector alone, as Prometheus text or OpenMetrics, whichever the
// scraper asks for. It asks nobody who they are: mount it where only the scraper
// comes. To serve other metrics beside it, register the Collector and use promhttp.
//
// It panics if a name given to Gauge is not a metric's name.
func (c *Collector) Handler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(descs chan<- *prometheus.Desc) {
	for _, part := range c.parts() {
		part.Describe(descs)
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(samples chan<- prometheus.Metric) {
	for _, part := range c.parts() {
		part.Collect(samples)
	}
}

func (c *Collector) parts() []prometheus.Collector {
	return append([]prometheus.Collector{c.events, c.refusals}, c.gauges...)
}
