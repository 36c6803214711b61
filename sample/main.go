// Command sample is a small API with the login system of package ginauth: log in, use,
// refresh, log out. It runs as one process in memory or as many nodes on one Redis. All
// settings are environment variables; docs/http-contract.md lists the variables and routes.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

// The exit statuses distinguish a wrong configuration from a failure.
const (
	exitFailure = 1
	exitConfig  = 2
)

func main() {
	if len(os.Args) > 1 {
		_, _ = fmt.Fprintln(os.Stderr, "sample takes no arguments: its settings are environment variables, listed in docs/http-contract.md")
		os.Exit(exitConfig)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// stop restores the default handling, so a second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Getenv, os.Stdout, os.Stderr))
}

// run serves until ctx ends and returns the exit status.
func run(ctx context.Context, getenv func(string) string, stdout, stderr io.Writer) int {
	config, mistakes := loadConfig(getenv)
	if len(mistakes) > 0 {
		for _, mistake := range mistakes {
			_, _ = fmt.Fprintln(stderr, mistake)
		}
		return exitConfig
	}
	logger := slog.New(slog.NewJSONHandler(stderr, nil))
	app, err := newApp(config, logger)
	if err != nil {
		logger.Error("cannot start", "error", err)
		return exitFailure
	}
	defer app.close()
	if err := app.serve(ctx, stdout); err != nil {
		logger.Error("stopped", "error", err)
		return exitFailure
	}
	return 0
}
