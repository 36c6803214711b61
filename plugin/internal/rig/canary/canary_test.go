package canary_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"github.com/ginauth/ginauth/plugin/internal/token"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/metrics"
	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/tracing"
)

const canaryClient = "canary-client-secret-of-32-bytes-at-least"

var refreshKey = []byte("refresh-key-of-tests-0123456789-")

// canary is an App whose output is recorded everywhere: log, events, metrics, spans and
// refusals.
type canary struct {
	*authtest.App
	t        *testing.T
	store    *authtest.Faulty
	spans    *tracetest.SpanRecorder
	tracer   trace.Tracer
	counters *metrics.Collector
	codec    *token.Codec // of the App's refresh tokens

	csrf     string // the latest
	secrets  map[string]bool
	pieces   map[string]bool // fragments of tokens
	refusals strings.Builder
	granted  strings.Builder // the replies that may contain tokens
}

func newCanary(t *testing.T, change func(*ginauth.Config)) *canary {
	t.Helper()
	clock := authtest.NewClock()
	inner := memstore.NewWith(memstore.Options{Now: clock.Now})
	c := &canary{t: t, store: authtest.NewFaulty(inner), spans: tracetest.NewSpanRecorder(), counters: metrics.New()}
	c.secrets, c.pieces = make(map[string]bool), make(map[string]bool)
	var err error
	if c.codec, err = token.NewCodec(refreshKey); err != nil {
		t.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(c.spans))
	c.tracer = provider.Tracer("test")
	tracer := tracing.New(tracing.Options{Provider: provider, Subjects: true}) // the most verbose setting
	traced, err := tracer.Store(struct {
		*authtest.Faulty
		session.Log
	}{c.store, inner})
	if err != nil {
		t.Fatal(err)
	}
	c.App = authtest.On(t, clock, traced, change, func(config *ginauth.Config) {
		config.RefreshKeys = [][]byte{refreshKey}
		record := config.OnEvent
		config.OnEvent = func(ctx context.Context, e ginauth.Event) {
			record(ctx, e)
			tracer.OnEvent(ctx, e)
			c.counters.OnEvent(ctx, e)
		}
		config.Clients = []ginauth.Client{{ID: "api", Secret: canaryClient}}
	})
	c.Engine.POST("/revoke", c.Auth.RevocationHandler)
	c.Engine.POST("/introspect", c.Auth.IntrospectionHandler)
	c.Engine.POST("/why", c.Auth.EndReasonHandler)
	c.Engine.GET("/lenient", c.Auth.Require(ginauth.OnDown(ginauth.Allow)))
	c.keep("canary", authtest.Secret, string(refreshKey), authtest.Passwords["user1"], authtest.Passwords["user2"],
		base64.StdEncoding.EncodeToString([]byte("api:"+canaryClient)))
	return c
}

func (c *canary) keep(secrets ...string) {
	for _, s := range secrets {
		if s != "" {
			c.secrets[s] = true
		}
	}
}

// pieceLen is the length of a token fragment that counts as a leak.
const pieceLen = 16

// keepTokens stores every fragment of a JWT's payload and signature, and of a refresh token
// after its prefix. A JWT's header is the same for all tokens and not secret.
func (c *canary) keepTokens(access, refresh string) {
	_, access, _ = strings.Cut(access, ".")
	for _, secret := range []string{access, strings.TrimPrefix(refresh, token.RefreshPrefix)} {
		for at := 0; at+pieceLen <= len(secret); at++ {
			c.pieces[secret[at:at+pieceLen]] = true
		}
	}
}

// leaks returns the secrets, and fragments of tokens, that a text contains.
func (c *canary) leaks(text string) (found []string) {
	for secret := range c.secrets {
		if strings.Contains(text, secret) {
			found = append(found, secret)
		}
	}
	for at := 0; at+pieceLen <= len(text); at++ {
		if piece := text[at : at+pieceLen]; c.pieces[piece] {
			found = append(found, piece)
		}
	}
	return found
}

// do sends a request inside a span of its own, and records the reply.
func (c *canary) do(method, target string, options ...authtest.RequestOption) authtest.Reply {
	c.t.Helper()
	_, span := c.tracer.Start(c.t.Context(), "request")
	defer span.End()
	below := func(r *http.Request) { *r = *r.WithContext(trace.ContextWithSpan(r.Context(), span)) }
	reply := c.Do(method, target, append(options, below)...)
	if reply.Status >= http.StatusBadRequest {
		fmt.Fprintf(&c.refusals, "%v %s\n", reply.Header, reply.Body)
		return reply
	}
	tokens := ginauth.Tokens{}
	if strings.Contains(string(reply.Body), "token_type") && reply.Members()["active"] == nil {
		tokens = reply.Tokens(c.t)
	}
	for _, cookie := range (&http.Response{Header: reply.Header}).Cookies() {
		switch cookie.Name {
		case "__Host-refresh_token":
			tokens.RefreshToken = cookie.Value
		case "__Host-access_token":
			tokens.AccessToken = cookie.Value
		case "__Host-csrf_token":
			c.csrf = cookie.Value
			c.keepTokens("", cookie.Value)
		}
	}
	c.keepTokens(tokens.AccessToken, tokens.RefreshToken)
	fmt.Fprintf(&c.granted, "%v %s\n", reply.Header, reply.Body)
	return reply
}

func (c *canary) wantOK(reply authtest.Reply) {
	c.t.Helper()
	if reply.Status != http.StatusOK {
		c.t.Fatalf("got %d %s, want 200", reply.Status, reply)
	}
}

// tokens returns the tokens of a login or refresh, from the body or from cookies.
func (c *canary) tokens(reply authtest.Reply) (access, refresh string) {
	c.t.Helper()
	c.wantOK(reply)
	if tokens := reply.Tokens(c.t); tokens.AccessToken != "" {
		return tokens.AccessToken, tokens.RefreshToken
	}
	for _, cookie := range (&http.Response{Header: reply.Header}).Cookies() {
		switch cookie.Name {
		case "__Host-refresh_token":
			refresh = cookie.Value
		case "__Host-access_token":
			access = cookie.Value
		}
	}
	return access, refresh
}

func (c *canary) login(name string, more ...authtest.RequestOption) (access, refresh string) {
	c.t.Helper()
	credentials := authtest.JSON(map[string]string{"username": name, "password": authtest.Passwords[name]})
	return c.tokens(c.do("POST", "/login", append(more, credentials)...))
}

func (c *canary) refresh(token string) authtest.Reply {
	c.t.Helper()
	return c.do("POST", "/refresh", authtest.JSON(map[string]string{"refresh_token": token}))
}

// told returns everything that was emitted.
func (c *canary) told() string {
	c.t.Helper()
	var b strings.Builder
	b.WriteString(c.Logs.String())
	for _, e := range c.Events.All() {
		fmt.Fprintf(&b, "%+v %v\n", e, e.Err)
	}
	w := httptest.NewRecorder()
	c.counters.Handler().ServeHTTP(w, httptest.NewRequestWithContext(c.t.Context(), http.MethodGet, "/metrics", http.NoBody))
	b.WriteString(w.Body.String())
	for _, s := range tracetest.SpanStubsFromReadOnlySpans(c.spans.Ended()) {
		fmt.Fprintf(&b, "%s %+v %+v %+v\n", s.Name, s.Attributes, s.Events, s.Status)
	}
	b.WriteString(c.refusals.String())
	return b.String()
}

// Nothing that the library emits contains a secret or a part of one, whatever is sent and
// whatever fails, with tokens in headers and in cookies.
func TestNoSecretIsInAnythingThatIsEmitted(t *testing.T) {
	for name, change := range map[string]func(*ginauth.Config){
		"header": func(*ginauth.Config) {},
		"cookie": func(c *ginauth.Config) { c.Cookies = &ginauth.Cookies{CSRFToken: true} },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCanary(t, change)
			c.everyFlow()
			told := c.told()
			for _, secret := range c.leaks(told) {
				at := strings.Index(told, secret)
				t.Errorf("%q was told: %q", secret, told[max(0, at-80):at+len(secret)])
			}
			c.wantAllToldOf()
		})
	}
}

// wantAllToldOf makes sure that the test covered everything: every kind of event occurred,
// also in the log and in the traces, and the secrets searched for are those that were granted.
func (c *canary) wantAllToldOf() {
	c.t.Helper()
	told := c.told()
	for _, kind := range ginauth.EventKinds() {
		switch kind {
		case ginauth.EventStale, ginauth.EventHealed, ginauth.EventInStep, ginauth.EventResync:
			continue // a mirror's
		}
		for _, want := range []string{`msg="ginauth: ` + kind.String() + `"`, "{Name:ginauth." + kind.String()} {
			if !strings.Contains(told, want) {
				c.t.Errorf("nothing says %s", want)
			}
		}
		if strings.Contains(told, `ginauth_events_total{kind="`+kind.String()+`"} 0`) {
			c.t.Errorf("no %s was counted", kind)
		}
	}
	if !strings.Contains(told, codes.Error.String()) || strings.Count(told, "ginauth.store ") < 20 {
		c.t.Error("no failed span, or hardly any")
	}
	if c.csrf == "" && c.Do("GET", "/protected", authtest.Cookie("__Host-access_token", "x")).Word() != "token_missing" {
		c.t.Error("cookies, and no csrf token")
	}
	if found := len(c.leaks(c.granted.String())); found < 1000 {
		c.t.Errorf("only %d pieces of secrets in the replies that hold tokens", found)
	}
}
