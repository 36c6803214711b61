package jwks

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Options are the settings of [Follow]. A zero duration means its default; a negative one is
// an error.
type Options struct {
	// URL is the address of the issuer's JWK set: https, or http on a loopback address.
	// Required. Redirects are not followed.
	URL string

	// Client sends the requests. Follow copies it. Default: a client with a time-out of 5 s.
	Client *http.Client

	// Every is the time between readings, at most MaxAge. A key that the issuer withdraws is
	// accepted here for that much longer. Default 5 minutes, or MaxAge if that is shorter.
	Every time.Duration

	// Cooldown is the shortest time between a reading and the next one that an unknown key or
	// a failure causes. Default 30 s.
	Cooldown time.Duration

	// MaxAge is how long keys stay in use without a successful reading. It stops an attacker
	// who cuts this service off from the issuer from keeping a withdrawn key alive. Default
	// 24 h.
	MaxAge time.Duration

	// OnError receives the reason why a reading failed, and which keys of a set were left
	// out. It is called from one goroutine at a time. Default: none; see Remote.Status.
	OnError func(error)

	// Now is the clock for MaxAge and Cooldown. Default time.Now. For tests.
	Now func() time.Time
}

var (
	errURL      = errors.New("jwks: Options.URL: want https, or http on a loopback address, without user and fragment")
	errNegative = errors.New("jwks: Options.Every, Cooldown and MaxAge: want 0 or more")
	errEvery    = errors.New("jwks: Options.Every is longer than Options.MaxAge: the keys would go out of use between readings")
)

func (o Options) withDefaults() (Options, error) {
	u, err := url.Parse(o.URL)
	if err != nil || !fitURL(u) {
		return o, errURL
	}
	if o.Every < 0 || o.Cooldown < 0 || o.MaxAge < 0 {
		return o, errNegative
	}
	orElse(&o.MaxAge, 24*time.Hour)
	orElse(&o.Every, min(5*time.Minute, o.MaxAge))
	orElse(&o.Cooldown, 30*time.Second)
	if o.Every > o.MaxAge { // the age of the keys is checked at each reading
		return o, errEvery
	}
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
