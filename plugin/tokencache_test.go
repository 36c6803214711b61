package ginauth_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"
	jwtv4 "github.com/golang-jwt/jwt/v4"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/keys"
)

func cacheOf(bytes int64) func(*ginauth.Config) {
	return func(c *ginauth.Config) { c.TokenCacheBytes = bytes }
}

// peephole is an App that detects whether a token came from the cache: in that case handlers
// get the same string as in the previous request, at the same address in memory.
type peephole struct {
	*authtest.App
	text string
}

func newPeephole(t *testing.T, changes ...func(*ginauth.Config)) *peephole {
	p := &peephole{App: authtest.New(t, changes...)}
	p.Engine.GET("/peephole", p.Auth.MiddlewareFunc(), func(c *gin.Context) { p.text = jwt.GetToken(c) })
	return p
}

func (p *peephole) use(t *testing.T, token string) string {
	t.Helper()
	wantStatus(t, p.Get("/peephole", token), http.StatusOK)
	return p.text
}

// holds reports whether the cache holds a token. before is the string that handlers got
// earlier.
func (p *peephole) holds(t *testing.T, token, before string) bool {
	t.Helper()
	return unsafe.StringData(p.use(t, token)) == unsafe.StringData(before) //nolint:gosec // compared, not followed
}

func TestTokenCacheOnOffAndTiny(t *testing.T) {
	off := func(c *ginauth.Config) { c.NoTokenCache = true }
	for name, row := range map[string]struct {
		change func(*ginauth.Config)
		held   int // of two tokens in turns
	}{"on": {cacheOf(0), 2}, "off": {off, 0}, "tiny": {cacheOf(authtest.OneToken), 1}} {
		t.Run(name, func(t *testing.T) {
			app := newPeephole(t, row.change)
			tokens := []string{app.Login("user1").AccessToken, app.Login("user2").AccessToken}
			held := -1
			for round := 0; held != row.held && round < 10000; round++ { // it evicts behind the request
				texts := []string{app.use(t, tokens[0]), app.use(t, tokens[1])}
				held = 0
				for i, token := range tokens {
					if app.holds(t, token, texts[i]) {
						held++
					}
				}
			}
			if held != row.held {
				t.Errorf("%d tokens are held, want %d", held, row.held)
			}
		})
	}
}

// heap returns the size of the live heap in bytes.
func heap() int64 {
	runtime.GC()
	runtime.GC() // the first moves sync.Pools, the second drops them
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Tokens count by the memory that they take, even those whose short texts decode to large
// values.
func TestTokenCacheKeepsItsBound(t *testing.T) {
	const bound, slack = 2 << 20, 256 << 10
	for name, claim := range map[string]any{
		"plain":   "x",
		"numbers": make([]int, 2500),
		"lists":   make([][0]int, 1700),
		"objects": repeat(map[string]any{"a": 1}, 500),
		"texts":   repeat("ab", 900),
		"members": members(400),
	} {
		t.Run(name, func(t *testing.T) {
			app := authtest.New(t, cacheOf(bound))
			claims := authtest.Claims(t, app.Login("user1").AccessToken)
			flood := 300
			if claim == "x" {
				flood = 3000
			}
			before := heap()
			for i := range flood {
				token := authtest.Sign(t, jwtv4.SigningMethodHS256, []byte(authtest.Secret), nil, with(claims, map[string]any{"n": i, "claim": claim}))
				wantStatus(t, app.Get("/protected", token), http.StatusOK)
			}
			if grown := heap() - before; grown > bound+slack || grown < bound/4 {
				t.Errorf("the heap grew by %d KiB, the bound is %d", grown>>10, bound>>10)
			}
			runtime.KeepAlive(app)
		})
	}
}

func repeat(v any, n int) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = v
	}
	return list
}

func members(n int) map[string]any {
	m := make(map[string]any)
	for i := range n {
		m[strings.Repeat("m", 1+i%7)+string(rune('0'+i%75))+string(rune('0'+i/75))] = i
	}
	return m
}

// Neither junk nor tokens that are used once evict a token that is in use.
func TestTokenCacheUnderAFlood(t *testing.T) {
	app := newPeephole(t, cacheOf(256<<10)) // some hundred tokens
	busy := app.Login("user1").AccessToken
	floods := map[string]func(i int) (token string, status int){
		"junk": func(i int) (string, int) {
			return busy[:len(busy)-8] + strings.Repeat(string(rune('A'+i%26)), 4) + "AAAA", http.StatusUnauthorized
		},
		"junk of another key": func(i int) (string, int) {
			claims := with(authtest.Claims(t, busy), map[string]any{"n": i})
			return authtest.Sign(t, jwtv4.SigningMethodHS256, []byte(newSecret), nil, claims), http.StatusUnauthorized
		},
		"valid": func(i int) (string, int) { return forge(t, busy, map[string]any{"n": i}), http.StatusOK },
	}
	for name, flood := range floods {
		t.Run(name, func(t *testing.T) {
			const rounds, size = 100, 50
			text := app.use(t, busy)
			lost := 0
			for round := range rounds {
				for i := range size {
					token, status := flood(round*size + i)
					wantStatus(t, app.Get("/protected", token), status)
				}
				if !app.holds(t, busy, text) {
					lost++
				}
				text = app.text
			}
			if allowed := map[string]int{"valid": rounds / 10}[name]; lost > allowed {
				t.Errorf("the busy token was pushed out %d times of %d", lost, rounds)
			}
		})
	}
}

func TestTokenCacheIsEmptiedWhenAKeyIsWithdrawn(t *testing.T) {
	first, second := mustKey(keys.HMAC("", []byte(authtest.Secret))), mustKey(keys.HMAC("", []byte(newSecret)))
	ring, err := keys.NewRing(second, first)
	if err != nil {
		t.Fatal(err)
	}
	app := authtest.New(t, func(c *ginauth.Config) { c.JWT.Key, c.Keys = nil, ring })
	access := app.Login("user1").AccessToken
	before := heap()
	for i := range 1000 {
		wantStatus(t, app.Get("/protected", forge(t, access, map[string]any{"n": i})), http.StatusOK)
	}
	if grown := heap() - before; grown < 1<<20 {
		t.Fatalf("1000 tokens take %d KiB", grown>>10)
	}
	if err := ring.Replace(second); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, app.Get("/protected", access), http.StatusOK)
	if left := heap() - before; left > 256<<10 {
		t.Errorf("%d KiB are left", left>>10)
	}
	runtime.KeepAlive(app)
}

// Every test of this package that sends requests, including attack tables and traps, passes
// without the cache and with a cache that always evicts.
func TestTokenCacheChangesNoAnswer(t *testing.T) {
	if os.Getenv(authtest.TokenCacheEnv) != "" {
		t.Skip("this is such a run")
	}
	if testing.Short() {
		t.Skip("all tests of the package, two times more")
	}
	// The matrix of lifetimes waits for a hundred mirrors, and is about the store. The cache
	// answers before any store or mirror is asked, so memory and one Redis are enough.
	const others = "^Test(ARevocationOutlives|TokenCache)|^Test/^(sentinel|cluster)"
	for _, setting := range []string{authtest.TokenCacheOff, authtest.TokenCacheTiny} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			again := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], //nolint:gosec // G702: this very program
				"-test.v", "-test.count=1", "-test.timeout=10m", "-test.run=^Test", "-test.skip="+others)
			again.Env = append(os.Environ(), authtest.TokenCacheEnv+"="+setting)
			out, err := again.CombinedOutput()
			if err != nil {
				t.Errorf("%v:\n%s", err, failuresIn(string(out)))
			}
			if n := strings.Count(string(out), "--- PASS: TestAttack"); n < 10 {
				t.Errorf("only %d attack tables ran", n)
			}
			if n := strings.Count(string(out), "\n--- PASS: "); n < 100 {
				t.Errorf("only %d tests ran", n)
			}
		})
	}
}

// failuresIn returns the output without the tests that passed.
func failuresIn(out string) string {
	var failed strings.Builder
	for line := range strings.Lines(out) {
		if !strings.Contains(line, "=== ") && !strings.Contains(line, "--- PASS") {
			failed.WriteString(line)
		}
	}
	return failed.String()
}
