package token

import (
	"errors"
	"fmt"
	"slices"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	jwtv4 "github.com/golang-jwt/jwt/v4"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
	"github.com/ginauth/ginauth/plugin/internal/strictjson"
	"github.com/ginauth/ginauth/plugin/session"
)

// tokenUse is the kind of an access token. Nothing else signed with the same key carries it.
const tokenUse = "access"

// The typ headers of access tokens. RFC 9068 section 2.1 names the second, for tokens that have
// every claim of its section 2.2, client_id among them.
const (
	typeJWT    = "JWT"
	typeAccess = "at+jwt"
)

// Reserved are the claims that always win over PayloadFunc.
var Reserved = []string{"sub", "exp", "iat", "nbf", "jti", "sid", "gen", "auth_time", "token_use"}

// configured are the claims that are written where the configuration or the session has a value
// for them, and are PayloadFunc's own otherwise.
var configured = []string{"iss", "aud", "client_id", "act", "amr", "acr"}

// Written reports whether an access token's claim of this name can be this package's, so that
// it cannot name the user.
func Written(name string) bool {
	return slices.Contains(Reserved, name) || slices.Contains(configured, name)
}

var errNoLife = errors.New("TimeoutFunc returned no positive duration")

// Minted is a new access token.
type Minted struct {
	Text    string
	Life    time.Duration // until it expires, in whole seconds
	Expires time.Time
	Left    time.Duration // until the session ends unless it is refreshed
}

// Bounds limit the life of a new access token.
type Bounds struct {
	Life time.Duration // > 0
	End  time.Time     // the latest exp, by this node's clock: what the store was told
}

// Mint makes the access token of a session's current generation. One that [AccessTokens.Verify]
// would refuse, for its length or for a claim that encoding/json writes and a strict reader does
// not take, is Internal: it would be refused wherever it is shown. The token lives at most as long
// as the session and keeps to the bounds: beyond End, the store may have forgotten a revocation.
// If the node took so long that End has passed, the token is expired. Mint adds the reserved
// claims to claims. storeNow is the store's clock at the moment it returned the session:
// lifetimes are computed by that clock and then converted to this node's, so the two clocks may
// differ.
func (t *AccessTokens) Mint(s session.Session, claims jwt.MapClaims, b Bounds, storeNow time.Time) (Minted, error) {
	if b.Life <= 0 {
		return Minted{}, refusal.Wrap(refusal.Internal, errNoLife)
	}
	left := s.Deadline().Sub(storeNow)
	now := t.o.Now()
	expires := now.Add(min(b.Life, left))
	if expires.After(b.End) {
		expires = b.End
	}

	claims["sub"] = s.Subject
	claims["iat"] = now.Unix()
	claims["nbf"] = now.Unix()
	claims["exp"] = expires.Unix()
	claims["jti"] = session.NewTokenID().String()
	claims["sid"] = s.ID.String()
	claims["gen"] = s.Generation
	claims["auth_time"] = s.AuthTime.Unix()
	claims["token_use"] = tokenUse
	if t.o.Issuer != "" {
		claims["iss"] = t.o.Issuer
	}
	switch len(t.o.Audience) {
	case 0:
	case 1:
		claims["aud"] = t.o.Audience[0]
	default:
		claims["aud"] = t.o.Audience
	}
	typ := typeJWT
	if t.o.ClientID != "" {
		claims["client_id"] = t.o.ClientID
		typ = typeAccess
	}
	text, err := t.o.Ring.Sign(typ, jwtv4.MapClaims(claims))
	if err != nil {
		return Minted{}, refusal.Wrap(refusal.Internal, err)
	}
	if err := t.readable(text); err != nil {
		return Minted{}, refusal.Wrap(refusal.Internal, err)
	}
	whole := time.Duration(max(0, expires.Unix()-now.Unix())) * time.Second
	return Minted{Text: text, Life: whole, Expires: expires, Left: left}, nil
}

// readable reports why nobody could read a new token.
func (t *AccessTokens) readable(text string) error {
	if len(text) > Max {
		return fmt.Errorf("an access token of %d bytes, of which %d are accepted; shorten the claims", len(text), Max)
	}
	parts, err := decodeParts(text)
	if err == nil {
		_, err = strictjson.Decode(parts.payload, t.o.JSONNumbers)
	}
	if err != nil {
		return fmt.Errorf("a claim cannot be read back, such as a json.RawMessage with duplicate members: %w", err)
	}
	return nil
}
