package jwks

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Options are what Follow needs. A zero duration is its default, a negative one a mistake.
type Options struct {
	// URL is where the issuer publishes its keys: https, or http on a loopback address.
	// Redirects are not followed.
	URL string

	// Client asks. It is copied. Default: one of its own, with a timeout of 5 s.
	Client *http.Client

	// Every is how often the set is read. Default 5 minutes; at most MaxAge is taken. A key
	// that the issuer withdraws is honoured that much longer here.
	Every time.Duration

	// Cooldown is how long to wait after one reading before a token with an unknown key, or
	// a failure, brings about the next. Default 30 s.
	Cooldown time.Duration

	// MaxAge is how long the keys stay in use without having been read again: who cuts this
	// service off from the issuer must not keep a withdrawn key alive. Default 24 h.
	MaxAge time.Duration

	// OnError hears why a reading failed, or which keys of a set were left out. It is
	// called from one goroutine at a time. Default: nobody; see Remote.Status.
	OnError func(error)

	// Now is the clock that MaxAge and Cooldown are judged by; nil is time.Now. For tests.
	Now func() time.Time
}

var (
	errURL      = errors.New("jwks: URL: want https, or http on a loopback address, without user and fragment")
	errNegative = errors.New("jwks: Every, Cooldown, MaxAge: negative duration")
)

func (o Options) withDefaults() (Options, error) {
	u, err := url.Parse(o.URL)
	if err != nil || !fitURL(u) {
		return o, errURL
	}
	if o.Every < 0 || o.Cooldown < 0 || o.MaxAge < 0 {
		return o, errNegative
	}
	orElse(&o.Every, 5*time.Minute)
	orElse(&o.Cooldown, 30*time.Second)
	orElse(&o.MaxAge, 24*time.Hour)
	o.Every = min(o.Every, o.MaxAge) // how old the keys are is seen when the set is read
	client := http.Client{}
	if o.Client != nil {
		client = *o.Client
	}
	orElse(&client.Timeout, 5*time.Second)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	o.Client = &client
	if o.OnError == nil {
		o.OnError = func(error) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, nil
}

func fitURL(u *url.URL) bool {
	if u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	loopback := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && loopback
}

func orElse(d *time.Duration, fallback time.Duration) {
	if *d == 0 {
		*d = fallback
	}
}
