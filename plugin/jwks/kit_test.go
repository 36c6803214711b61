package jwks_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/jwks"
	"github.com/ginauth/ginauth/plugin/keys"
)

// site serves a JWK set, or whatever set gives it.
type site struct {
	*httptest.Server
	handler atomic.Pointer[http.Handler]
	reads   atomic.Int64
}

func serve(t *testing.T, h http.Handler) *site {
	t.Helper()
	s := &site{}
	s.set(h)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.reads.Add(1)
		(*s.handler.Load()).ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) set(h http.Handler) { s.handler.Store(&h) }

// text serves a fixed body.
func text(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
}

func newKey(t *testing.T) *keys.Key {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := keys.Private("", private)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newRing(t *testing.T, all ...*keys.Key) *keys.Ring {
	t.Helper()
	ring, err := keys.NewRing(all...)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func replace(t *testing.T, ring *keys.Ring, all ...*keys.Key) {
	t.Helper()
	if err := ring.Replace(all...); err != nil {
		t.Fatal(err)
	}
}

// troubles collects the errors that OnError receives.
type troubles struct {
	mu   sync.Mutex
	list []error
}

func (e *troubles) note(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, err)
}

func (e *troubles) text() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.list) == 0 {
		return ""
	}
	return errors.Join(e.list...).Error()
}

func follow(t *testing.T, o jwks.Options) *jwks.Remote {
	t.Helper()
	r, err := jwks.Follow(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close(context.Background()) })
	return r
}

func refresh(t *testing.T, r *jwks.Remote) {
	t.Helper()
	if err := r.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// issuer is a service that mints with a ring and publishes it.
func issuer(t *testing.T, ring *keys.Ring) (*authtest.App, *site) {
	t.Helper()
	app := authtest.New(t, func(c *ginauth.Config) { c.JWT.Key, c.Keys = nil, ring })
	return app, serve(t, ring.Handler())
}

// verifier is another service on the same store. It has only the issuer's published set.
func verifier(t *testing.T, of *authtest.App, r *jwks.Remote) *authtest.App {
	t.Helper()
	return authtest.On(t, of.Clock, of.Store, func(c *ginauth.Config) {
		c.JWT.Key, c.Keys, c.JWT.Authenticator, c.JWT.PayloadFunc = nil, r.Ring(), nil, nil
	})
}

func wantWord(t *testing.T, reply authtest.Reply, status int, word string) {
	t.Helper()
	if reply.Status != status || reply.Word() != word {
		t.Errorf("got %d %s, want %d %q", reply.Status, reply, status, word)
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("in vain: " + what)
}

func bodyOf(b []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(b)) }
