package ginauth_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

const proxy = "10.0.0.1"

// behindProxy is an App that trusts one proxy, and its limiter.
func behindProxy(t *testing.T) (*authtest.App, *scriptedLimiter) {
	t.Helper()
	limiter := &scriptedLimiter{}
	app := authtest.New(t, func(c *ginauth.Config) { c.LoginLimit = &ginauth.LoginLimit{Limiter: limiter} })
	if err := app.Engine.SetTrustedProxies([]string{proxy}); err != nil {
		t.Fatal(err)
	}
	return app, limiter
}

// Some load balancers write ports. Otherwise the failures of one client lock out all of them.
func TestAnAddressWithAPortIsTheClients(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"192.0.2.7:4711":                       "192.0.2.7",
		"192.0.2.7":                            "192.0.2.7",
		"[2001:db8::7]:443":                    "2001:db8::7",
		"[2001:db8::7]":                        "2001:db8::7",
		"2001:db8::7":                          "2001:db8::7",
		"198.51.100.1, 192.0.2.7:4711":         "192.0.2.7", // the first is what the client wrote
		"198.51.100.1:1, 192.0.2.7:4711":       "192.0.2.7",
		"192.0.2.7:4711, 10.0.0.1:80":          "192.0.2.7", // two proxies
		"192.0.2.7:70000":                      proxy,
		"unknown":                              proxy,
		"192.0.2.7:4711, _hidden":              proxy,
		"[::1":                                 proxy,
		"192.0.2.7:4711:4711":                  proxy,
		strings.Repeat("1.1.1.1:1,", 99) + "x": proxy,
	} {
		app, limiter := behindProxy(t)
		app.Do(http.MethodPost, "/login", credentials("user1", "wrong"), from(proxy), authtest.Header("X-Forwarded-For", header))
		if heard := limiter.heard(); heard != "begin user1 "+want+", end user1 failed "+want {
			t.Errorf("%q: %q, want %s", header, heard, want)
		}
		failed := app.Events.Of(ginauth.EventLoginFailed)
		if len(failed) != 1 || failed[0].IP != want {
			t.Errorf("%q: %+v", header, failed)
		}
	}
}

// A port is no key to gin's rules of trust.
func TestAnAddressWithAPortFromAStrangerIsIgnored(t *testing.T) {
	t.Parallel()
	app, limiter := behindProxy(t)
	for _, header := range []string{"X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Anything"} {
		limiter.asked = nil
		app.Do(http.MethodPost, "/login", credentials("user1", "wrong"), from("203.0.113.9"), authtest.Header(header, "192.0.2.7:4711"))
		if heard := limiter.heard(); heard != "begin user1 203.0.113.9, end user1 failed 203.0.113.9" {
			t.Errorf("%s: %q", header, heard)
		}
	}
}

// Of two headers gin takes the first that it can read. With ports in the proxy's own, that would
// be the other one, which the client wrote.
func TestPortsDoNotLetTheClientChooseTheHeader(t *testing.T) {
	t.Parallel()
	app, limiter := behindProxy(t)
	app.Do(http.MethodPost, "/login", credentials("user1", "wrong"), from(proxy),
		authtest.Header("X-Forwarded-For", "192.0.2.7:4711"), authtest.Header("X-Real-IP", "198.51.100.66"))
	if heard := limiter.heard(); !strings.HasPrefix(heard, "begin user1 192.0.2.7,") {
		t.Errorf("%q", heard)
	}
}

func TestThePortOfATrustedPlatformsHeaderIsNoPartOfTheAddress(t *testing.T) {
	t.Parallel()
	app, limiter := behindProxy(t)
	app.Engine.TrustedPlatform = "Viewer-Address"
	app.Do(http.MethodPost, "/login", credentials("user1", "wrong"), from(proxy), authtest.Header("Viewer-Address", "192.0.2.7:4711"))
	if heard := limiter.heard(); !strings.HasPrefix(heard, "begin user1 192.0.2.7,") {
		t.Errorf("%q", heard)
	}
}

const (
	everyProxy = "every proxy is trusted"
	manyAsOne  = "count many clients as one"
)

func TestCountingManyClientsAsOneIsTold(t *testing.T) {
	t.Parallel()
	for header, told := range map[string]int{"unknown": 1, "192.0.2.7, ": 1, "192.0.2.7:4711": 0, proxy: 0, "": 0} {
		app, _ := behindProxy(t)
		for range 3 {
			option := authtest.Header("X-Forwarded-For", header)
			if header == "" {
				option = authtest.Header("X-Other", "x")
			}
			app.Do(http.MethodPost, "/login", credentials("user1", "wrong"), from(proxy), option)
		}
		if n := strings.Count(app.Logs.String(), manyAsOne); n != told {
			t.Errorf("%q: told %d times, want %d", header, n, told)
		}
	}
	app, _ := behindProxy(t)
	app.Do(http.MethodPost, "/login", credentials("user1", "wrong"), from("203.0.113.9"), authtest.Header("X-Forwarded-For", "unknown"))
	if strings.Contains(app.Logs.String(), manyAsOne) {
		t.Error("a stranger's header makes a warning")
	}
	app.Do(http.MethodPost, "/login", credentials("user1", "wrong"), func(r *http.Request) { r.RemoteAddr = "@" }) // a Unix socket
	if !strings.Contains(app.Logs.String(), manyAsOne) {
		t.Error("clients without an address are counted together, and nobody is told")
	}
}

func TestALimiterBehindAnEngineThatTrustsEverybodyIsTold(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		proxies []string
		unsafe  bool
	}{
		"gin's default": {[]string{"0.0.0.0/0", "::/0"}, true},
		"all of IPv4":   {[]string{"0.0.0.0/0"}, true},
		"all of IPv6":   {[]string{"::/0"}, true},
		"none":          {nil, false},
		"one":           {[]string{proxy}, false},
		"a network":     {[]string{"10.0.0.0/8"}, false},
	} {
		app, _ := behindProxy(t)
		if err := app.Engine.SetTrustedProxies(test.proxies); err != nil {
			t.Fatal(err)
		}
		if got := ginauth.TrustsEveryProxy(app.Engine); got != test.unsafe {
			t.Errorf("%s: %v", name, got)
		}
		for range 3 {
			app.Do(http.MethodPost, "/login", credentials("user1", authtest.Passwords["user1"]))
		}
		if told := strings.Count(app.Logs.String(), everyProxy); told != map[bool]int{true: 1}[test.unsafe] {
			t.Errorf("%s: told %d times", name, told)
		}
	}
	if !ginauth.TrustsEveryProxy(gin.New()) {
		t.Error("gin's default is not recognised")
	}
	other := gin.New()
	other.RemoteIPHeaders = []string{"X-Client"}
	if !ginauth.TrustsEveryProxy(other) {
		t.Error("an engine with a header of its own is not recognised")
	}
	other.ForwardedByClientIP = false
	if ginauth.TrustsEveryProxy(other) {
		t.Error("an engine that reads no header trusts nobody")
	}
}

func TestWithoutALimiterNobodyIsWarned(t *testing.T) {
	t.Parallel()
	app := authtest.New(t)
	if err := app.Engine.SetTrustedProxies([]string{"0.0.0.0/0"}); err != nil {
		t.Fatal(err)
	}
	app.Login("user1")
	if strings.Contains(app.Logs.String(), everyProxy) {
		t.Error("warned")
	}
}
