package ginauth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
)

// customersAndStaff are two Auths with keys of their own, on one store.
func customersAndStaff(t *testing.T, changes ...func(*ginauth.Config)) (customers, staff *authtest.App) {
	t.Helper()
	clock := authtest.NewClock()
	store := memstore.NewWith(memstore.Options{Now: clock.Now})
	customers = authtest.On(t, clock, store, changes...)
	staff = authtest.On(t, clock, store, append(changes, func(c *ginauth.Config) {
		c.JWT.Key = []byte("staff-" + authtest.Secret)
		if c.Cookies != nil {
			c.Cookies = &ginauth.Cookies{Prefix: "staff_", CSRFToken: c.Cookies.CSRFToken}
		}
	})...)
	return customers, staff
}

// told answers with everything that a handler can ask of its request.
func told(c *gin.Context) {
	access, ok := ginauth.AccessFrom(c)
	identity, _ := c.Get(jwt.IdentityKey)
	c.JSON(http.StatusOK, gin.H{
		"ok": ok, "subject": access.Subject, "role": access.Claims["role"], "payload": len(jwt.ExtractClaims(c)),
		"token": jwt.GetToken(c) != "", "identity": identity,
	})
}

// Whoever has logged in as a customer is nobody in the rooms of the staff.
func TestTheIdentityOfAnotherAuthIsNeverBelieved(t *testing.T) {
	for name, carrier := range map[string]func(token string) authtest.RequestOption{
		"header": authtest.Bearer,
		"cookie": func(token string) authtest.RequestOption { return authtest.Cookie(accessCookie, token) },
	} {
		t.Run(name, func(t *testing.T) {
			customers, staff := customersAndStaff(t, func(c *ginauth.Config) { c.Cookies = &ginauth.Cookies{} })
			mallory := carrier(setCookie(t, customers.Do(http.MethodPost, "/login", password("user1")), accessCookie).Value)
			victim := setCookie(t, staff.Do(http.MethodPost, "/login", password("user1")), "__Host-staff_access_token").Value

			engine := gin.New()
			engine.Use(customers.Auth.Optional())
			engine.GET("/sessions", staff.Auth.SessionsHandler)
			engine.DELETE("/sessions/:id", staff.Auth.DeleteSessionHandler)
			engine.POST("/logout/all", staff.Auth.LogoutAllHandler)
			engine.POST("/logout/others", staff.Auth.LogoutOthersHandler)
			engine.GET("/fresh", staff.Auth.Fresh(time.Hour), told)
			engine.GET("/csrf", func(c *gin.Context) { c.String(http.StatusOK, staff.Auth.CSRFToken(c)) })
			id := staff.Get("/protected/sessions", victim).Members()["sessions"].([]any)[0].(map[string]any)["id"].(string)
			for _, route := range []string{"GET /sessions", "DELETE /sessions/" + id, "POST /logout/all", "POST /logout/others", "GET /fresh"} {
				method, path, _ := strings.Cut(route, " ")
				reply := authtest.Serve(t, engine, method, path, mallory)
				if reply.Status != http.StatusUnauthorized {
					t.Errorf("%s believes a customer: %s", route, reply)
				}
			}
			if reply := authtest.Serve(t, engine, http.MethodGet, "/csrf", mallory); len(reply.Body) > 0 {
				t.Errorf("a CSRF token for a customer: %s", reply)
			}
			wantStatus(t, staff.Get("/protected", victim), http.StatusOK)
			for _, e := range staff.Events.Of(ginauth.EventRefused) {
				if e.Subject != "" {
					t.Errorf("an event of the staff names the customer: %+v", e)
				}
			}
		})
	}
}

// The handlers of an application ask the context, which several middlewares write.
func TestAHandlerIsToldWhoTheLastMiddlewareLetIn(t *testing.T) {
	customers, staff := customersAndStaff(t)
	ada, grace := customers.Login("user1").AccessToken, staff.Login("admin").AccessToken
	plain, err := jwt.New(&jwt.GinJWTMiddleware{
		Key: []byte(authtest.Secret), IdentityKey: jwt.IdentityKey, TokenLookup: "header:X-Old",
		Authenticator: func(*gin.Context) (any, error) { return nil, nil },
		PayloadFunc:   func(any) jwt.MapClaims { return jwt.MapClaims{jwt.IdentityKey: "root", "role": "root"} },
	})
	if err != nil {
		t.Fatal(err)
	}
	old, _, err := plain.TokenGenerator("root")
	if err != nil {
		t.Fatal(err)
	}
	foreign := authtest.Header("X-Old", "Bearer "+old)
	staffHeader := func(token string) authtest.RequestOption { return authtest.Bearer(token) }
	nobody := map[string]any{"ok": false, "subject": "", "role": nil, "payload": 0.0, "token": false, "identity": nil}
	for name, row := range map[string]struct {
		chain []gin.HandlerFunc
		who   []authtest.RequestOption
		want  map[string]any
	}{
		"gin-jwt in front, nobody here": {
			[]gin.HandlerFunc{plain.MiddlewareFunc(), staff.Auth.Optional()}, []authtest.RequestOption{foreign}, nobody,
		},
		"gin-jwt in front, staff here": {
			[]gin.HandlerFunc{plain.MiddlewareFunc(), staff.Auth.Optional()}, []authtest.RequestOption{foreign, staffHeader(grace)},
			map[string]any{"ok": true, "subject": "admin", "role": "admin", "token": true, "identity": "admin"},
		},
		"gin-jwt behind": {
			[]gin.HandlerFunc{customers.Auth.MiddlewareFunc(), plain.MiddlewareFunc()}, []authtest.RequestOption{foreign, authtest.Bearer(ada)},
			map[string]any{"ok": true, "subject": "user1", "role": "user", "token": true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			engine := gin.New()
			engine.GET("/", append(row.chain, told)...)
			got := authtest.Serve(t, engine, http.MethodGet, "/", row.who...).Members()
			for member, want := range row.want {
				if got[member] != want {
					t.Errorf("%s: %v, want %v", member, got[member], want)
				}
			}
		})
	}
}

func TestAHandlerBehindTwoAuthsIsToldOfTheLast(t *testing.T) {
	customers, staff := customersAndStaff(t, func(c *ginauth.Config) { c.Cookies = &ginauth.Cookies{} })
	ada := authtest.Cookie(accessCookie, setCookie(t, customers.Do(http.MethodPost, "/login", password("user1")), accessCookie).Value)
	grace := authtest.Cookie("__Host-staff_access_token", setCookie(t, staff.Do(http.MethodPost, "/login", password("admin")), "__Host-staff_access_token").Value)
	engine := gin.New()
	engine.GET("/both", customers.Auth.Optional(), staff.Auth.Optional(), told)
	engine.GET("/fresh", customers.Auth.Optional(), staff.Auth.Optional(), customers.Auth.Fresh(time.Hour), told)
	engine.GET("/context", customers.Auth.Optional(), staff.Auth.Optional(), func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"plain": ginauth.SessionContext(c) == c.Request.Context()})
	})
	for name, row := range map[string]struct {
		path string
		who  []authtest.RequestOption
		want string
	}{
		"both":                     {"/both", []authtest.RequestOption{ada, grace}, "admin"},
		"the second alone":         {"/both", []authtest.RequestOption{grace}, "admin"},
		"the first alone":          {"/both", []authtest.RequestOption{ada}, ""},
		"nobody":                   {"/both", nil, ""},
		"fresh in the first":       {"/fresh", []authtest.RequestOption{ada, grace}, "admin"},
		"fresh, without the other": {"/fresh", []authtest.RequestOption{ada}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			reply := authtest.Serve(t, engine, http.MethodGet, row.path, row.who...)
			wantStatus(t, reply, http.StatusOK)
			if got := reply.Members()["subject"]; got != row.want {
				t.Errorf("subject %q, want %q", got, row.want)
			}
		})
	}
	wantRefusal(t, authtest.Serve(t, engine, http.MethodGet, "/fresh", grace), http.StatusUnauthorized, "token_missing")
	if reply := authtest.Serve(t, engine, http.MethodGet, "/context", ada); reply.Members()["plain"] != true {
		t.Errorf("the second middleware let nobody in, and the context is a session's: %s", reply)
	}
}

// One store for two Auths: no token of one opens, renews or ends anything at the other. A
// subject, though, is one user for the whole store.
func TestTwoAuthsOnOneStoreShareSubjectsAndNothingElse(t *testing.T) {
	customers, staff := customersAndStaff(t)
	ada, twin := customers.Login("user1"), staff.Login("user1")
	wantRefusal(t, staff.Get("/protected", ada.AccessToken), http.StatusUnauthorized, "token_invalid")
	wantRefusal(t, staff.Refresh(ada.RefreshToken), http.StatusUnauthorized, "invalid_grant")
	for name, option := range map[string]authtest.RequestOption{
		"access token": authtest.Bearer(ada.AccessToken), "refresh token": authtest.JSON(map[string]string{"refresh_token": ada.RefreshToken}),
	} {
		if reply := staff.Do(http.MethodPost, "/logout", option); reply.Status != http.StatusUnauthorized {
			t.Errorf("logout with the %s: %s", name, reply)
		}
		staff.Login("user2", option) // would end a session of its own
	}
	for _, text := range []string{ada.AccessToken, ada.RefreshToken} {
		if n, err := staff.Auth.RevokeToken(t.Context(), text); n != 0 || err == nil {
			t.Errorf("RevokeToken: %d, %v", n, err)
		}
		if answer, err := staff.Auth.Introspect(t.Context(), text); answer.Active || err != nil {
			t.Errorf("Introspect: %+v, %v", answer, err)
		}
	}
	wantStatus(t, customers.Get("/protected", ada.AccessToken), http.StatusOK)
	ada = customers.Refreshed(ada.RefreshToken)

	if n, err := staff.Auth.RevokeSubject(t.Context(), "user1"); n != 2 || err != nil {
		t.Errorf("RevokeSubject: %d, %v", n, err)
	}
	wantRefusal(t, customers.Get("/protected", ada.AccessToken), http.StatusUnauthorized, "token_revoked")
	wantRefusal(t, staff.Get("/protected", twin.AccessToken), http.StatusUnauthorized, "token_revoked")
}

func password(name string) authtest.RequestOption {
	return authtest.JSON(map[string]string{"username": name, "password": authtest.Passwords[name]})
}
