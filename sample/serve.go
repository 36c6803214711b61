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

// Limits of a connection: none may be held open for nothing.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	writeTimeout      = 15 * time.Second
	idleTimeout       = 2 * time.Minute
)

// serve answers requests until ctx ends, and then lets those in flight finish.
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
	// Shutdown waits for requests in flight; a stream would keep it waiting.
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

// shutdown stops listening, waits for the requests in flight, and after SHUTDOWN_TIMEOUT
// cuts off the rest, which is the operator's wish and no failure.
func (a *app) shutdown(ctx context.Context, server *http.Server) error {
	a.logger.Info("shutting down", "timeout", a.config.shutdownTimeout.String())
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.config.shutdownTimeout)
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
