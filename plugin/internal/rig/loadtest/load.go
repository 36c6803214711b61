package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// sample is one measurement.
type sample struct {
	rate     float64 // requests per second
	p50, p99 time.Duration
}

// loader repeatedly loads one server with one kind of load.
type loader struct {
	kind    kind
	clients []*client
	next    []func(previous []byte) ([]byte, error) // builds the next request of each client
	users   atomic.Int64
}

// warmUp is how long a server runs under load before the measurement.
const warmUp = 100 * time.Millisecond

// newLoader opens the connections and logs each of them in if the load requires it.
func newLoader(ctx context.Context, who string, k kind, addr string, conns int) (*loader, error) {
	l := &loader{kind: k}
	for range conns {
		c, err := dial(ctx, addr)
		if err != nil {
			return nil, err
		}
		l.clients = append(l.clients, c)
		c.deadline(10 * time.Second)
		next, err := l.requests(c, who)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", who, err)
		}
		l.next = append(l.next, next)
	}
	return l, nil
}

func (l *loader) close() {
	for _, c := range l.clients {
		c.close()
	}
}

// user returns a new, unique user name.
func (l *loader) user() string { return "user" + strconv.FormatInt(l.users.Add(1), 10) }

func (l *loader) requests(c *client, who string) (func([]byte) ([]byte, error), error) {
	if l.kind == login {
		return func([]byte) ([]byte, error) { return loginRequest(l.user()), nil }, nil
	}
	var t tokens
	if who != bareNoToken {
		var err error
		if t, err = c.login(l.user()); err != nil {
			return nil, err
		}
	}
	if l.kind == protected {
		request := getRequest("/protected", t.Access)
		return func([]byte) ([]byte, error) { return request, nil }, nil
	}
	token := t.Refresh
	return func(previous []byte) ([]byte, error) {
		var err error
		if previous != nil {
			token, err = refreshTokenIn(previous)
		}
		return refreshRequest(token), err
	}, nil
}

// run loads the server for a while. Any reply except 200 is an error, so that a server cannot
// win by refusing quickly.
func (l *loader) run(length time.Duration) (sample, error) {
	if _, err := l.burst(min(warmUp, length)); err != nil {
		return sample{}, err
	}
	return l.burst(length)
}

func (l *loader) burst(length time.Duration) (sample, error) {
	took := make([][]time.Duration, len(l.clients))
	errs := make([]error, len(l.clients))
	start := time.Now()
	end := start.Add(length)
	var wg sync.WaitGroup
	for i := range l.clients {
		wg.Go(func() { took[i], errs[i] = l.one(i, end) })
	}
	wg.Wait()
	spent := time.Since(start)
	for _, err := range errs {
		if err != nil {
			return sample{}, err
		}
	}
	all := slices.Concat(took...)
	slices.Sort(all)
	return sample{
		rate: float64(len(all)) / spent.Seconds(),
		p50:  all[len(all)/2],
		p99:  all[len(all)*99/100],
	}, nil
}

// one generates the load of one connection. The connection remembers its last reply: the next
// refresh presents the token that the last one returned.
func (l *loader) one(i int, end time.Time) ([]time.Duration, error) {
	c := l.clients[i]
	c.deadline(time.Until(end) + 5*time.Second)
	var took []time.Duration
	var body []byte
	for now := time.Now(); now.Before(end); {
		request, err := l.next[i](body)
		if err != nil {
			return nil, err
		}
		status, reply, err := c.do(request)
		if err != nil {
			return nil, err
		}
		if status != 200 {
			return nil, fmt.Errorf("status %d: %s", status, reply)
		}
		body = reply
		before := now
		now = time.Now()
		took = append(took, now.Sub(before))
	}
	if l.kind == refresh {
		_, err := l.next[i](body)
		return took, err
	}
	return took, nil
}
