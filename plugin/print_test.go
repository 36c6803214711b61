package ginauth_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/keys"
	"github.com/ginauth/ginauth/plugin/memstore"
)

// printed is everything that fmt and slog write of the values, by themselves and as fields.
func printed(values ...any) string {
	var out bytes.Buffer
	for _, v := range values {
		holder := struct{ V any }{v}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
			fmt.Fprintf(&out, verb+"\n", holder)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("value", "v", v, "held", holder)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("value", "v", v)
	}
	return out.String()
}

// spellings are the ways in which a secret can stand in a text.
func spellings(secret []byte) []string {
	quoted, _ := json.Marshal(secret) // base64
	return []string{
		string(secret), fmt.Sprint(secret), fmt.Sprintf("%x", secret), strings.Trim(string(quoted), `"`),
		strings.Trim(fmt.Sprintf("%#v", secret), "[]byte{}"),
	}
}

func TestPrintingShowsNoKeyAndNoToken(t *testing.T) {
	secret, previous := []byte(authtest.Secret), []byte("previous-"+authtest.Secret)
	refresh, older := []byte(strings.Repeat("refresh!", 5)), []byte(strings.Repeat("older--!", 5))
	key, err := keys.HMAC("", []byte("ring-"+authtest.Secret))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.NewRing(key)
	if err != nil {
		t.Fatal(err)
	}
	withKeys := goodConfig()
	withKeys.JWT.Key, withKeys.PreviousKeys, withKeys.RefreshKeys = secret, [][]byte{previous}, [][]byte{refresh, older}
	withRing := goodConfig()
	withRing.JWT.Key, withRing.Keys = nil, ring

	var values []any
	for _, config := range []ginauth.Config{withKeys, withRing} {
		auth, err := ginauth.New(config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = auth.Close(t.Context()) })
		values = append(values, config, &config, auth, config.Keys)
	}
	app := authtest.New(t)
	reply := app.Login("user1")
	tokens := ginauth.Tokens{AccessToken: reply.AccessToken, RefreshToken: reply.RefreshToken, SessionID: reply.SessionID}
	values = append(values, tokens, &tokens, app.Auth)

	text := printed(values...)
	for _, secret := range [][]byte{secret, previous, refresh, older, []byte("ring-" + authtest.Secret), []byte(reply.AccessToken), []byte(reply.RefreshToken)} {
		for _, spelling := range spellings(secret) {
			if strings.Contains(text, spelling) {
				t.Errorf("%.12q... is printed", spelling)
			}
		}
	}
	for _, want := range []string{"ginauth.Config{", "ginauth.Auth{", "ginauth.Tokens{SessionID: " + reply.SessionID} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not printed", want)
		}
	}
}

// An Auth that a debugger or a careless *auth prints field by field holds no key either: the
// ring and the codec do, behind pointers that fmt does not follow.
func TestAnAuthKeepsNoKeyOfItsConfig(t *testing.T) {
	config := goodConfig()
	config.PreviousKeys = [][]byte{[]byte("previous-" + authtest.Secret)}
	config.RefreshKeys = [][]byte{[]byte(strings.Repeat("refresh!", 5))}
	config.Legacy = &ginauth.Legacy{Until: time.Now().Add(time.Hour)}
	config.Store = memstore.New()
	auth, err := ginauth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = auth.Close(t.Context()) })
	type bare ginauth.Auth // without the methods
	text := fmt.Sprintf("%+v", (*bare)(auth))
	for _, secret := range [][]byte{config.JWT.Key, config.PreviousKeys[0], config.RefreshKeys[0]} {
		for _, spelling := range spellings(secret) {
			if strings.Contains(text, spelling) {
				t.Errorf("%.12q... is printed", spelling)
			}
		}
	}
}
