package main

import (
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// A token that lives longer than -retain stays revoked until its own exp. The program verifies no
// signature, so an exp that is nonsense must not make the revocation end at once.
func TestATokenIsRevokedUntilItsExpAndAtLeastAsLongAsRetain(t *testing.T) {
	now := time.Now()
	id, jti := session.NewID(now, 0), session.NewTokenID()
	o := &options{retain: minRetain}
	exp := now.Add(48 * time.Hour).Truncate(time.Second)
	for claim, want := range map[string]time.Time{
		"":                                     now.Add(minRetain),
		`"exp":1`:                              now.Add(minRetain),
		`"exp":-1e300`:                         now.Add(minRetain),
		`"exp":1e300`:                          now.Add(minRetain),
		`"exp":"9999999999"`:                   now.Add(minRetain),
		fmt.Sprintf(`"exp":%d`, exp.Unix()):    exp,
		fmt.Sprintf(`"exp":%d.25`, exp.Unix()): exp.Add(time.Second),
	} {
		if claim != "" {
			claim = "," + claim
		}
		b64 := base64.RawURLEncoding.EncodeToString
		payload := fmt.Sprintf(`{"sid":%q,"jti":%q%s}`, id, jti, claim)
		what, _, err := readToken(b64([]byte(`{"alg":"HS256"}`)) + "." + b64([]byte(payload)) + ".c2ln")
		if err != nil {
			t.Fatal(err)
		}
		if got := o.complete(what).Until.Sub(want); got < -time.Second || got > time.Minute {
			t.Errorf("%s: until %v more than wanted", claim, got)
		}
	}
}
