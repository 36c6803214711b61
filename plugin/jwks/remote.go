package jwks

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/keys"
)

// Remote keeps a ring equal to a published set. Make it with [Follow]; the zero Remote does
// not work. It is safe for concurrent use.
type Remote struct {
	o      Options
	ring   *keys.Ring
	nobody *keys.Key // its private half was dropped, so it verifies nothing
	wanted chan struct{}
	stop   context.CancelFunc
	done   chan struct{}

	fetching sync.Mutex // one reading at a time

	mu     sync.Mutex // guards all below
	tried  time.Time
	status Status
}

// Status describes the copy of the set.
type Status struct {
	ReadAt time.Time // last successful reading; zero if there was none
	Keys   int       // keys of the set that are in use
	Err    error     // why the last reading failed; nil if it succeeded
}

// Follow reads the set, and keeps the ring equal to it until [Remote.Close]. The error is a
// mistake in the options. An issuer that does not answer is not an error: every token is
// refused until it does. ctx limits the first reading only.
func Follow(ctx context.Context, o Options) (*Remote, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	nobody, err := keys.Public("", public)
	if err != nil {
		return nil, err
	}
	ring, err := keys.NewRing(nobody)
	if err != nil {
		return nil, err
	}
	r := &Remote{o: o, ring: ring, nobody: nobody, wanted: make(chan struct{}, 1), done: make(chan struct{})}
	running, stop := context.WithCancel(context.Background())
	r.stop = stop
	_ = r.Refresh(ctx) // Status and OnError report it
	ring.OnUnknownKey(r.want)
	go r.run(running)
	return r, nil
}

// Ring returns the ring, for Config.Keys. It cannot sign.
func (r *Remote) Ring() *keys.Ring { return r.ring }

// Status returns the state of the copy.
func (r *Remote) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

// Close stops the reading and returns when it has stopped, or ctx's error when ctx ends
// first. The ring keeps its keys. Closing again returns nil.
func (r *Remote) Close(ctx context.Context) error {
	r.stop()
	select {
	case <-r.done:
	default:
		select {
		case <-r.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// want requests a reading, unless the last one is less than Cooldown ago.
func (r *Remote) want() {
	r.mu.Lock()
	now := r.o.Now()
	soon := now.Sub(r.tried) < r.o.Cooldown
	if !soon {
		r.tried = now // at once, so that concurrent callers see it
	}
	r.mu.Unlock()
	if soon {
		return
	}
	select {
	case r.wanted <- struct{}{}:
	default:
	}
}

func (r *Remote) run(ctx context.Context) {
	defer close(r.done)
	for {
		wait := r.o.Every
		if r.Status().Err != nil {
			wait = min(wait, r.o.Cooldown)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		case <-r.wanted:
		}
		_ = r.Refresh(ctx) // Status and OnError report it
	}
}

// Refresh reads the set now. After an error the keys stay in use until the last successful
// reading is Options.MaxAge old.
func (r *Remote) Refresh(ctx context.Context) error {
	r.fetching.Lock()
	defer r.fetching.Unlock()
	r.mu.Lock()
	r.tried = r.o.Now()
	r.mu.Unlock()
	n, err := r.read(ctx)
	r.mu.Lock()
	r.status.Err = err
	if err == nil {
		r.status.ReadAt, r.status.Keys = r.o.Now(), n
	}
	old := r.o.Now().Sub(r.status.ReadAt) >= r.o.MaxAge
	if old {
		r.status.Keys = 0
	}
	r.mu.Unlock()
	if old {
		err = errors.Join(err, r.use(nil))
	}
	if err != nil {
		r.o.OnError(err)
	}
	return err
}

// read fetches the set, puts it into the ring and returns the number of usable keys.
func (r *Remote) read(ctx context.Context) (int, error) {
	body, err := r.fetch(ctx)
	if err != nil {
		return 0, err
	}
	usable, left, err := parse(body)
	if err != nil {
		return 0, err
	}
	if err := r.use(usable); err != nil {
		return 0, fmt.Errorf("jwks: %w", err)
	}
	for _, why := range left {
		r.o.OnError(why)
	}
	return len(usable), nil
}

// use replaces the ring's keys, unless they are the same. A replacement empties the cache of
// verified tokens.
func (r *Remote) use(usable []*keys.Key) error {
	if len(usable) == 0 {
		usable = []*keys.Key{r.nobody}
	}
	next, err := keys.NewRing(usable...)
	if err != nil {
		return err
	}
	if bytes.Equal(next.JWKS(), r.ring.JWKS()) {
		return nil
	}
	return r.ring.Replace(usable...)
}

func (r *Remote) fetch(ctx context.Context) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.o.URL, http.NoBody)
	if err != nil {
		return nil, errURL
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	reply, err := r.o.Client.Do(request)
	if err != nil {
		var cause *url.Error // its text repeats the URL, which may hold a secret
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return nil, fmt.Errorf("jwks: the issuer does not answer: %w", err)
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("jwks: the issuer answered with status %d; want 200", reply.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(reply.Body, MaxSet+1))
	if err != nil {
		return nil, fmt.Errorf("jwks: the issuer's reply was cut off: %w", err)
	}
	if len(body) > MaxSet {
		return nil, fmt.Errorf("jwks: the set has more than %d bytes", MaxSet)
	}
	return body, nil
}
