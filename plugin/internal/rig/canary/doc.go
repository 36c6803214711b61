// Package canary contains only tests. They send every kind of request, good and bad, to an
// application whose output is recorded everywhere, and search the log, the events, the
// metrics, the traces and the refusals for secrets. The package is separate because it needs
// the OpenTelemetry SDK and the Prometheus client, which must not appear in the go.sum of
// applications that import ginauth.
package canary
