// Package canary has no code of its own. Its test sends every kind of request, good and bad,
// to an application that is listened to everywhere, and looks for secrets in the log, the
// events, the metrics, the traces and the refusals. It is a package of its own because it
// needs the OpenTelemetry SDK and the Prometheus client, which applications that import
// ginauth should not have to list in go.sum.
package canary
