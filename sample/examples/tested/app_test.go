package tested

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
)

// rig is one application with its own store and clock, so tests run in parallel without
// affecting each other.
type rig struct {
	*gin.Engine
	auth *ginauth.Auth
	now  time.Time
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{now: time.Now()}
	clock := func() time.Time { return r.now }
	store := memstore.NewWith(memstore.Options{Now: clock})
	var err error
	r.Engine, r.auth, err = NewRouter([]byte("a key for tests alone, of 32 bytes"), store, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.auth.Close(context.Background()) })
	return r
}

func (r *rig) request(method, path, token, body string) (status int, reply map[string]any) {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, request)
	_ = json.Unmarshal(w.Body.Bytes(), &reply) // reply stays nil if the body is not JSON
	return w.Code, reply
}

func (r *rig) login(t *testing.T, name string) (token string) {
	t.Helper()
	status, reply := r.request(http.MethodPost, "/login", "", `{"username":"`+name+`","password":"correct horse"}`)
	if status != http.StatusOK {
		t.Fatal(status, reply)
	}
	return reply["access_token"].(string)
}

func TestNotesAreTheUsersOwn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	status, reply := r.request(http.MethodGet, "/notes", r.login(t, "ada"), "")
	if status != http.StatusOK || reply["notes_of"] != "ada" {
		t.Error(status, reply)
	}
}

func TestATokenOfYesterdayIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	token := r.login(t, "ada")
	r.now = r.now.Add(24 * time.Hour) // no sleeping
	if status, reply := r.request(http.MethodGet, "/notes", token, ""); status != 401 || reply["error"] != "token_expired" {
		t.Error(status, reply)
	}
}

func TestClosingAnAccountLogsItOut(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	token := r.login(t, "ada")
	if n, err := r.auth.RevokeSubject(t.Context(), "ada"); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if status, reply := r.request(http.MethodGet, "/notes", token, ""); status != 401 || reply["error"] != "token_revoked" {
		t.Error(status, reply)
	}
}
