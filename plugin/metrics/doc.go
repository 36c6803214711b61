// Package metrics counts ginauth's events for Prometheus.
//
//	collector := metrics.New(metrics.Mirror(list))
//	auth, err := ginauth.New(ginauth.Config{Store: list, OnEvent: collector.OnEvent, ...})
//	registry.MustRegister(collector)
//
// It exposes:
//
//	ginauth_events_total{kind}             every event, by its kind
//	ginauth_refusals_total{kind, reason}   refused logins and requests, by the code of the refusal
//	ginauth_mirror_...                     three gauges of the local copy, added by the option Mirror
//	ginauth_<name>                         gauges added by the option Gauge
//
// Every series exists from the start with the value 0, so that an alert sees the first event
// of a kind as an increase. The labels take their values from fixed lists: no user, address,
// session or token becomes a label, and the number of series does not grow.
//
// docs/grafana-dashboard.json is a dashboard for these metrics.
package metrics
