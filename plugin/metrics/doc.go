// Package metrics counts ginauth's events for Prometheus.
//
//	collector := metrics.New()
//	auth, err := ginauth.New(ginauth.Config{OnEvent: collector.OnEvent, ...})
//	registry.MustRegister(collector)
//
// It exposes:
//
//	ginauth_events_total{kind}             every event, by its kind
//	ginauth_refusals_total{kind, reason}   refused logins and requests, by the word of the refusal
//	ginauth_<name>                         whatever Gauge adds
//
// Every series is there from the start, at 0, so that the first event of a kind is an
// increase that an alert can see. The labels take their values from fixed lists: no
// user, address, session or token ever becomes one, and the number of series does not
// grow.
//
// docs/grafana-dashboard.json shows them.
package metrics
