package ginauth_test

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// Only events, sessions and limiters need an address, so a good token is let in without one.
func TestHeadersCostAStrictRequestNothing(t *testing.T) {
	auth, token := benchAuth(t, false)
	strict := auth.Require(ginauth.Strict())
	bare := testing.AllocsPerRun(500, route(t, strict, token))
	if n := testing.AllocsPerRun(500, route(t, strict, token, browserHeaders...)); n > bare && !poolsForget {
		t.Errorf("%v allocations with a browser's headers, %v without", n, bare)
	}
}

// allocated is the memory in bytes that one refused login with the header takes.
func allocated(t *testing.T, app *authtest.App, name, value string) uint64 {
	t.Helper()
	serve := func() {
		app.Do(http.MethodPost, "/login", credentials("user1", "wrong"), from(proxy), authtest.Header(name, value))
	}
	serve()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	serve()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A megabyte of what looks like addresses costs what another megabyte costs, and gin's own reading
// of the header of a trusted proxy.
func TestHostileHeadersCostLittle(t *testing.T) {
	const size, most = 1 << 20, 256 << 10
	app, _ := behindProxy(t)
	for _, item := range []string{":,", "1.1.1.1:1,", "[::1],", ":", "1:1 ,", "[,]"} {
		hostile := strings.Repeat(item, size/len(item))
		plain := allocated(t, app, "X-Other", strings.Repeat("..", size/2))
		if n := allocated(t, app, "X-Other", hostile); n > plain+size+most { // one copy of the line
			t.Errorf("%q: %d bytes, a header without addresses takes %d", item, n, plain)
		}
		trusted := allocated(t, app, "X-Forwarded-For", hostile)
		if gins := uint64(strings.Count(hostile, ",")*16 + 2*size); trusted > plain+gins+most {
			t.Errorf("%q in X-Forwarded-For: %d bytes, a header without addresses takes %d, gin's list of items %d", item, trusted, plain, gins)
		}
	}
}

// A long line must not make the client's address that of the proxy, which all clients share.
func TestALongLineDoesNotHideTheClient(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"addresses": strings.Repeat("198.51.100.1:1, ", 1000),
		"colons":    strings.Repeat(":,", 1000),
		"one item":  strings.Repeat(":", 1000) + ",",
		"spaces":    strings.Repeat(" ", 1000) + ",",
	} {
		app, limiter := behindProxy(t)
		app.Do(http.MethodPost, "/login", credentials("user1", "wrong"), from(proxy), authtest.Header("X-Forwarded-For", line+"192.0.2.7:4711"))
		if heard := limiter.heard(); !strings.HasPrefix(heard, "begin user1 192.0.2.7,") {
			t.Errorf("%s: %q", name, heard)
		}
	}
}

// gin reads all lines of a header as one list, so the last one counts, which the proxy wrote.
func TestOfTwoLinesTheProxysCounts(t *testing.T) {
	t.Parallel()
	app, limiter := behindProxy(t)
	app.Do(http.MethodPost, "/login", credentials("user1", "wrong"), from(proxy),
		authtest.Header("X-Forwarded-For", "unknown"), authtest.Header("X-Forwarded-For", "192.0.2.7:4711"))
	if heard := limiter.heard(); !strings.HasPrefix(heard, "begin user1 192.0.2.7,") {
		t.Errorf("%q", heard)
	}
	app.Do(http.MethodPost, "/login", credentials("user1", "wrong"), from(proxy),
		authtest.Header("X-Forwarded-For", "192.0.2.7:4711"), authtest.Header("X-Forwarded-For", "unknown"))
	if !strings.Contains(app.Logs.String(), manyAsOne) {
		t.Error("the proxy wrote no address, and no warning says so")
	}
}

// What a stranger can make a server do with one header of 1 MB.
func BenchmarkRefusedWithHostileHeader(b *testing.B) {
	auth, _ := benchAuth(b, false)
	engine := gin.New()
	engine.GET("/protected", auth.MiddlewareFunc())
	for name, line := range map[string]string{"plain": "..", "colons": ":,", "addresses": "1.1.1.1:1,"} {
		request := httptest.NewRequest(http.MethodGet, "/protected", nil)
		request.Header.Set("X-Other", strings.Repeat(line, 1<<20/len(line)))
		b.Run("header="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				engine.ServeHTTP(&nullWriter{header: http.Header{}}, request)
			}
		})
	}
}
