package ginauth_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/throttle"
)

// clientApp is an App with the two RFC endpoints.
func clientApp(t *testing.T, change func(*ginauth.Config)) *authtest.App {
	t.Helper()
	app := authtest.New(t, change)
	app.Engine.POST("/revoke", app.Auth.RevocationHandler)
	app.Engine.POST("/introspect", app.Auth.IntrospectionHandler)
	return app
}

func clients(list ...ginauth.Client) func(*ginauth.Config) {
	return func(c *ginauth.Config) { c.Clients = list }
}

var someToken = authtest.Form(map[string]string{"token": "x"})

// introspect asks about a token as a client. The address is that of the connection.
func introspect(app *authtest.App, address string, options ...authtest.RequestOption) authtest.Reply {
	from := func(r *http.Request) { r.RemoteAddr = address + ":1234" }
	return app.Do(http.MethodPost, "/introspect", append([]authtest.RequestOption{from, someToken}, options...)...)
}

// RFC 6749 section 2.3.1: id and secret are form-encoded before they are joined and go through
// base64. Many clients leave that out, so both must work.
func TestBasicCredentialsAreReadFormEncodedAndAsTheyStand(t *testing.T) {
	for _, client := range []ginauth.Client{
		{ID: "api", Secret: "q+w/e=r%t&y u:i-0123456789-0123456789"},
		{ID: "a+b%20c", Secret: strings.Repeat("+%2B ", 8)},
		{ID: "https://rs.example/x?y=z", Secret: strings.Repeat("plain", 8)},
		{ID: "half", Secret: strings.Repeat("%zz", 12)}, // as it stands it cannot be decoded
	} {
		app := clientApp(t, clients(client))
		encoded := basic(url.QueryEscape(client.ID), url.QueryEscape(client.Secret))
		wantInactive(t, introspect(app, "192.0.2.7", encoded))
		if !strings.Contains(client.ID, ":") { // as it stands, the first colon ends the id
			wantInactive(t, introspect(app, "192.0.2.7", basic(client.ID, client.Secret)))
		}
		// Once is enough: what is encoded twice is another secret.
		twice := basic(url.QueryEscape(client.ID), url.QueryEscape(url.QueryEscape(client.Secret)))
		if url.QueryEscape(client.Secret) != client.Secret {
			wantRefusal(t, introspect(app, "192.0.2.7", twice), http.StatusUnauthorized, "invalid_client")
		}
	}
}

func TestAClientMayHaveTwoSecretsWhileItChangesThem(t *testing.T) {
	older, newer := strings.Repeat("older", 8), strings.Repeat("newer", 8)
	app := clientApp(t, clients(ginauth.Client{ID: "api", Secret: older}, ginauth.Client{ID: "api", Secret: newer}, ginauth.Client{ID: "bank", Secret: clientSecret}))
	for _, right := range []authtest.RequestOption{basic("api", older), basic("api", newer), basic("bank", clientSecret)} {
		wantInactive(t, introspect(app, "192.0.2.7", right))
	}
	for _, wrong := range []authtest.RequestOption{basic("api", clientSecret), basic("bank", older), basic("", newer), basic("api", "")} {
		wantRefusal(t, introspect(app, "192.0.2.7", wrong), http.StatusUnauthorized, "invalid_client")
	}
}

// client_secret_post of RFC 6749 section 2.3.1.
func TestClientCredentialsInTheBody(t *testing.T) {
	app := clientApp(t, clients(ginauth.Client{ID: "api", Secret: clientSecret + "+%"}))
	body := func(secret string) map[string]string {
		return map[string]string{"client_id": "api", "client_secret": secret, "token": "x"}
	}
	right, wrong, header := body(clientSecret+"+%"), body("x"), basic("api", clientSecret+"+%")
	for _, path := range []string{"/revoke", "/introspect"} {
		post := func(options ...authtest.RequestOption) authtest.Reply {
			return app.Do(http.MethodPost, path, options...)
		}
		wantStatus(t, post(authtest.Form(right)), http.StatusOK)
		wantStatus(t, post(authtest.JSON(right)), http.StatusOK)
		wantRefusal(t, post(authtest.Form(wrong)), http.StatusUnauthorized, "invalid_client")
		wantRefusal(t, post(authtest.Form(map[string]string{"client_id": "api", "token": "x"})), http.StatusUnauthorized, "invalid_client")
		wantRefusal(t, post(authtest.Body("application/x-www-form-urlencoded", "client_id=api&client_secret=a&client_secret=b&token=x")), http.StatusUnauthorized, "invalid_client")
		wantRefusal(t, app.Do(http.MethodPost, path+"?client_id=api&client_secret="+url.QueryEscape(right["client_secret"]), someToken), http.StatusUnauthorized, "invalid_client")

		// The client is judged first, here too: without a readable body there is none.
		wantRefusal(t, post(authtest.Body("text/plain", "client_id=api")), http.StatusUnauthorized, "invalid_client")
		delete(right, "token")
		wantRefusal(t, post(authtest.Form(right)), http.StatusBadRequest, "invalid_request")
		right["token"] = "x"

		// A client must not use two methods at once.
		for _, second := range []map[string]string{right, wrong} {
			wantRefusal(t, post(header, authtest.Form(second)), http.StatusBadRequest, "invalid_request")
			wantRefusal(t, post(basic("api", "x"), authtest.Form(second)), http.StatusUnauthorized, "invalid_client")
			wantRefusal(t, post(authtest.Bearer("x"), authtest.Form(second)), http.StatusUnauthorized, "invalid_client")
		}
		wantStatus(t, post(header, authtest.Form(map[string]string{"client_id": "api", "token": "x"})), http.StatusOK)
		wantStatus(t, post(header, header, someToken), http.StatusOK)
		wantRefusal(t, post(header, basicLine("api", "x"), someToken), http.StatusBadRequest, "invalid_request")
	}
}

// basicLine adds one more Authorization line.
func basicLine(id, secret string) authtest.RequestOption {
	return authtest.Header("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(id+":"+secret)))
}

func TestAShortClientSecretIsAMistake(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*ginauth.Config)
		field  string
	}{
		"one letter": {clients(ginauth.Client{ID: "api", Secret: "x"}), "Clients[0].Secret"},
		"31 bytes":   {clients(ginauth.Client{ID: "a", Secret: clientSecret}, ginauth.Client{ID: "b", Secret: strings.Repeat("x", 31)}), "Clients[1].Secret"},
		"no id":      {clients(ginauth.Client{Secret: clientSecret}), "Clients[0].ID"},
		"odd id":     {clients(ginauth.Client{ID: "a\tb", Secret: clientSecret}), "Clients[0].ID"},
		"a hook too": {func(c *ginauth.Config) {
			clients(ginauth.Client{ID: "api", Secret: clientSecret})(c)
			c.AuthenticateClient = func(context.Context, string, string) bool { return false }
		}, "Clients"},
		"a nil limiter": {func(c *ginauth.Config) { c.ClientLimit = (*throttle.MemoryLimiter)(nil) }, "ClientLimit"},
	} {
		t.Run(name, func(t *testing.T) {
			config := goodConfig()
			row.change(&config)
			wantMistakes(t, config, row.field)
		})
	}
	config := goodConfig()
	clients(ginauth.Client{ID: "a", Secret: strings.Repeat("x", ginauth.MinClientSecret)})(&config)
	auth, err := ginauth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	_ = auth.Close(t.Context())
}

func TestARefusedClientIsAnEvent(t *testing.T) {
	app := clientApp(t, clients(ginauth.Client{ID: "api", Secret: clientSecret}))
	for name, credentials := range map[string]authtest.RequestOption{
		"wrong secret": basic("api", "guess-canary"), "none": authtest.Header("X-None", "1"), "in the body": authtest.Form(map[string]string{"client_id": "api", "client_secret": "guess-canary"}),
	} {
		wantRefusal(t, introspect(app, "198.51.100.9", credentials), http.StatusUnauthorized, "invalid_client")
		events := app.Events.All()
		last := events[len(events)-1]
		if last.Kind != ginauth.EventClientRefused || last.IP != "198.51.100.9" || last.Reason != "invalid_client" || last.Err == nil {
			t.Errorf("%s: %+v", name, last)
		}
	}
	wantInactive(t, introspect(app, "198.51.100.9", basic("api", clientSecret)))
	if events := app.Events.All(); len(events) != 3 {
		t.Errorf("events %v", events)
	}
	if logs := app.Logs.String(); strings.Contains(logs, "canary") {
		t.Errorf("logs\n%s", logs)
	}
}

// Anybody can ask without credentials, as often as they like: that must not fill a log of warnings.
func TestARefusedClientIsAWarningOnlyIfItPresentsCredentials(t *testing.T) {
	for name, c := range map[string]struct {
		change      func(*ginauth.Config)
		credentials authtest.RequestOption
		level       string
	}{
		"wrong secret":              {clients(ginauth.Client{ID: "api", Secret: clientSecret}), basic("api", "guess"), "WARN"},
		"no credentials":            {clients(ginauth.Client{ID: "api", Secret: clientSecret}), authtest.Header("X-None", "1"), "DEBUG"},
		"no credentials, no client": {func(*ginauth.Config) {}, authtest.Header("X-None", "1"), "DEBUG"},
	} {
		t.Run(name, func(t *testing.T) {
			app := clientApp(t, c.change)
			wantRefusal(t, introspect(app, "198.51.100.9", c.credentials), http.StatusUnauthorized, "invalid_client")
			want := `level=` + c.level + ` msg="ginauth: client_refused" ip=198.51.100.9 reason=invalid_client`
			if logs := app.Logs.String(); !strings.Contains(logs, want) {
				t.Errorf("logs\n%s, want %s", logs, want)
			}
		})
	}
}

// A hook sees the credentials as the RFC reads them, and as they stand only if those are wrong.
func TestAHookIsAskedAboutBothReadings(t *testing.T) {
	var asked []string
	app := clientApp(t, func(c *ginauth.Config) {
		c.AuthenticateClient = func(_ context.Context, id, secret string) bool {
			asked = append(asked, id+":"+secret)
			return secret == "a b" || secret == "c+d"
		}
	})
	for secret, want := range map[string]string{"a+b": "api:a b", "c+d": "api:c d api:c+d", "%": "api:%"} {
		asked = nil
		introspect(app, "192.0.2.7", basic("api", secret))
		if got := strings.Join(asked, " "); got != want {
			t.Errorf("%s: asked %q, want %q", secret, got, want)
		}
	}
}

func TestPrintingAClientShowsNoSecret(t *testing.T) {
	config := goodConfig()
	clients(ginauth.Client{ID: "api", Secret: clientSecret})(&config)
	auth, err := ginauth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = auth.Close(t.Context()) })
	text := printed(config, &config, auth, config.Clients, config.Clients[0], &config.Clients[0])
	for _, spelling := range spellings([]byte(clientSecret)) {
		if strings.Contains(text, spelling) {
			t.Errorf("%.12q... is printed", spelling)
		}
	}
	if !strings.Contains(text, `ginauth.Client{ID: "api"}`) {
		t.Errorf("no client in\n%s", text)
	}
}
