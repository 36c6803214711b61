package main_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"testing"
)

const testClientSecret = "client-secret-of-a-test-0123456789-+%"

func asClient(path, token string) request {
	basic := base64.StdEncoding.EncodeToString([]byte("api:" + testClientSecret))
	return request{
		Method: "POST", Path: path, Form: true, Fields: map[string]any{"token": token},
		Header: map[string]string{"Authorization": "Basic " + basic},
	}
}

func TestIntrospectionAndRevocationForTheClient(t *testing.T) {
	t.Parallel()
	n := start(t, "INTROSPECTION_CLIENT=api", "INTROSPECTION_SECRET="+testClientSecret)
	user := n.login(t, "user1")
	for token, kind := range map[string]string{user.access: "Bearer", user.refresh: "refresh_token"} {
		r := n.ok(t, asClient("/introspect", token))
		if r.body["active"] != true || r.text("token_type") != kind || r.text("sub") != "user1" || r.text("sid") != user.session {
			t.Errorf("%s: %v", kind, r.body)
		}
	}
	post := request{Method: "POST", Path: "/introspect", Form: true, Fields: map[string]any{"token": user.access, "client_id": "api", "client_secret": testClientSecret}}
	encoded := asClient("/introspect", user.access) // RFC 6749 section 2.3.1: form-encoded, then joined
	encoded.Header["Authorization"] = "Basic " + base64.StdEncoding.EncodeToString([]byte("api:"+url.QueryEscape(testClientSecret)))
	for _, q := range []request{post, encoded} {
		if r := n.ok(t, q); r.body["active"] != true {
			t.Errorf("%v: %v", q, r.body)
		}
	}
	n.ok(t, asClient("/revoke", user.access))
	n.dead(t, user.access)
	if r := n.ok(t, asClient("/introspect", user.access)); names(r.body) != "active" || r.body["active"] != false {
		t.Errorf("a revoked token: %v", r.body)
	}
	n.ok(t, asClient("/revoke", "unknown"))
	n.ok(t, asClient("/revoke", user.refresh))
	n.deadRefresh(t, user.refresh)
}

func TestNobodyIsTheClientUnlessConfigured(t *testing.T) {
	t.Parallel()
	for name, env := range map[string][]string{
		"unset":        nil,
		"wrong secret": {"INTROSPECTION_CLIENT=api", "INTROSPECTION_SECRET=" + testClientSecret + "x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := start(t, env...)
			for _, path := range []string{"/revoke", "/introspect"} {
				r := n.do(t, asClient(path, "x"))
				if r.status != http.StatusUnauthorized || r.text("error") != "invalid_client" {
					t.Errorf("%s: %d %s", path, r.status, r.raw)
				}
				if got := r.header.Get("WWW-Authenticate"); got != `Basic realm="ginauth sample"` {
					t.Errorf("challenge %q", got)
				}
			}
		})
	}
}
