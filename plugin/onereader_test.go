package ginauth_test

import (
	"net/http"
	"strings"
	"testing"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// The Authenticators of many applications: gin's binding, with tags and without. encoding/json
// takes a name in any letter case for both.
type (
	tagged struct {
		Username string `form:"username" json:"username"`
		Password string `form:"password" json:"password"`
	}
	untagged struct {
		Username string
		Password string
	}
)

func bound[T any](guessed *[]string, name func(T) string) func(*gin.Context) (any, error) {
	return func(c *gin.Context) (any, error) {
		var login T
		if err := c.ShouldBind(&login); err != nil {
			return nil, jwt.ErrMissingLoginValues
		}
		*guessed = append(*guessed, name(login))
		return nil, jwt.ErrFailedAuthentication
	}
}

// An attacker writes two names into one request: one that is counted, and one whose password
// is guessed.
func TestTheLimiterCountsTheNameWhosePasswordIsGuessed(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	requests := []struct{ target, kind, body string }{
		{"/login", "application/json", `{"username":"decoy","Username":"victim","password":"x"}`},
		{"/login", "application/json", `{"USERNAME":"victim","username":"decoy","password":"x"}`},
		{"/login", "application/json", `{"username":"decoy","u\u017fername":"victim","password":"x"}`}, // ſ folds to s
		{"/login", "application/json", `{"Username":"victim","password":"x"}`},
		{"/login?username=victim&password=x", "application/JSON", `{"username":"decoy"}`}, // no JSON for gin's binding
		{"/login?username=victim&password=x", "application/json\t;x=y", `{"username":"decoy"}`},
		{"/login?Username=victim&Password=x", "application/Json", `{"username":"decoy"}`},
		{"/login?Username=victim", form, "username=decoy&Password=x"},
		{"/login?username=victim", form, "username=decoy&password=x"},
		{"/login", form, "username=decoy&Username=victim&Password=x"},
		{"/login", form, "username=decoy&username=victim"},
		{"/login?username=victim", form, "username="},
		{"/login?username=victim", form, ""},
		{"/login?username=victim", "", ""},
		{"/login", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nvictim\r\n--b--\r\n"},
	}
	var guessed []string
	for name, authenticator := range map[string]func(*gin.Context) (any, error){
		"tagged":   bound(&guessed, func(l tagged) string { return l.Username }),
		"untagged": bound(&guessed, func(l untagged) string { return l.Username }),
	} {
		limiter := &scriptedLimiter{}
		app := authtest.New(t, func(c *ginauth.Config) {
			c.LoginLimit, c.JWT.Authenticator = &ginauth.LoginLimit{Limiter: limiter}, authenticator
		})
		for _, request := range requests {
			guessed, limiter.asked = nil, nil
			reply := app.Do(http.MethodPost, request.target, authtest.Body(request.kind, request.body), from("192.0.2.1"))
			for _, guess := range guessed {
				if !strings.Contains(limiter.heard(), "end "+guess+" failed") {
					t.Errorf("%s: %s %s %s: guessed at %q, counted %q", name, request.target, request.kind, request.body, guess, limiter.heard())
				}
			}
			if len(guessed) == 0 && reply.Word() != "invalid_request" {
				t.Errorf("%s: %s %s %s: %s", name, request.target, request.kind, request.body, reply)
			}
		}
	}
}

// What differs by letter case alone is refused wherever a body is read, and so is not ignored
// as unknown members are.
func TestFieldsThatDifferOnlyInCaseAreRefused(t *testing.T) {
	t.Parallel()
	app := authtest.New(t)
	login := app.Login("user1")
	for _, body := range []authtest.RequestOption{
		authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"], "Password": "x"}),
		authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"], "extra": "x", "EXTRA": "y"}),
		authtest.Form(map[string]string{"username": "user1", "password": authtest.Passwords["user1"], "userName": "user1"}),
	} {
		wantRefusal(t, app.Do(http.MethodPost, "/login", body), http.StatusBadRequest, "invalid_request")
	}
	two := authtest.JSON(map[string]string{"refresh_token": login.RefreshToken, "REFRESH_TOKEN": "x"})
	wantRefusal(t, app.Do(http.MethodPost, "/refresh", two), http.StatusBadRequest, "invalid_request")
	fine := authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"], "other": "x", "next": "y"})
	wantStatus(t, app.Do(http.MethodPost, "/login?next=/page", fine), http.StatusOK)
}
