package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// These limits keep idle clients from holding connections open.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	writeTimeout      = 15 * time.Second
	idleTimeout       = 2 * time.Minute
)

// serve answers requests until ctx ends, and then lets requests in flight finish.
func (a *app) serve(ctx context.Context, stdout io.Writer) error {
	routes, err := a.routes()
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.config.addr)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           routes,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    http.DefaultMaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(a.logger.Handler(), slog.LevelWarn),
	}
	// Shutdown waits for requests in flight, and an event stream would keep it waiting.
	server.RegisterOnShutdown(func() { close(a.stopping) })
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	a.welcome(stdout, listener.Addr())
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	return a.shutdown(ctx, server)
}

// shutdown stops listening and waits for requests in flight. After SHUTDOWN_TIMEOUT it cuts
// off the rest. The operator chose that limit, so this is not a failure.
func (a *app) shutdown(ctx context.Context, server *http.Server) error {
	a.logger.Info("shutting down", "timeout", a.config.shutdownTimeout.String())
	a.endBy = time.Now().Add(a.config.shutdownTimeout)
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), a.endBy)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		a.logger.Warn("requests were cut off", "error", err)
		err = server.Close()
	}
	if err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	return nil
}
