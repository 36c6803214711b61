package ginauth

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"

	jwt "github.com/appleboy/gin-jwt/v2"
	jwtv4 "github.com/golang-jwt/jwt/v4"

	"github.com/ginauth/ginauth/plugin/internal/strictjson"
	"github.com/ginauth/ginauth/plugin/session"
)

// MaxToken is the longest access token in bytes. A longer one is ErrTokenInvalid, unread.
const MaxToken = 8 << 10

var segment = base64.RawURLEncoding.Strict()

var (
	errTooLong   = errors.New("token too long")
	errMalformed = errors.New("token malformed")
	errSignature = errors.New("signature, key or algorithm refused")
	errHeader    = errors.New("header refused")
)

// verify reads an access token: shape, signature, header, then claims, in this order,
// so that no claim is believed before the signature is. It does not ask whether the
// token is revoked. With ErrTokenExpired it still returns what the token says: logging
// out with an expired token is allowed.
func (a *Auth) verify(token string) (*Access, error) {
	if err := checkShape(token); err != nil {
		return nil, refuse(ErrTokenInvalid, err)
	}
	parsed, err := a.jwt.ParseTokenString(token)
	if err != nil {
		// golang-jwt's text may quote the token's own header; it goes nowhere.
		return nil, refuse(ErrTokenInvalid, errSignature)
	}
	if err := checkHeader(parsed.Header); err != nil {
		return nil, refuse(ErrTokenInvalid, err)
	}
	claims, ok := parsed.Claims.(jwtv4.MapClaims)
	if !ok {
		return nil, refuse(ErrTokenInvalid, errMalformed)
	}
	access, err := a.readClaims(jwt.MapClaims(claims))
	if access != nil {
		access.text, access.live = token, a.live
	}
	return access, err
}

// checkShape holds a token to one spelling: RFC 7515 compact serialization, base64url
// without padding, line breaks or stray trailing bits, header and payload each one
// JSON object without duplicates. golang-jwt alone is more forgiving.
func checkShape(token string) error {
	if len(token) > MaxToken {
		return errTooLong
	}
	header, rest, ok := strings.Cut(token, ".")
	payload, signature, ok2 := strings.Cut(rest, ".")
	if !ok || !ok2 || signature == "" || strings.ContainsAny(token, "\r\n") {
		return errMalformed
	}
	buf := make([]byte, 0, segment.DecodedLen(len(token)))
	for i, part := range [3]string{header, payload, signature} {
		decoded, err := segment.AppendDecode(buf, []byte(part))
		if err != nil {
			return errMalformed
		}
		if i < 2 && strictjson.Check(decoded) != nil {
			return errMalformed
		}
	}
	return nil
}

// checkHeader refuses extensions that we do not understand (RFC 7515 section 4.1.11)
// and tokens that say they are something else than an access token (RFC 8725 section
// 3.11). Tokens without typ, or with gin-jwt's "JWT", are judged by token_use.
func checkHeader(header map[string]any) error {
	if _, critical := header["crit"]; critical {
		return errHeader
	}
	typ, present := header["typ"]
	if !present {
		return nil
	}
	name, _ := typ.(string)
	switch strings.TrimPrefix(strings.ToLower(name), "application/") {
	case "at+jwt", "jwt":
		return nil
	}
	return errHeader
}

// tokenID reads a jti. Ours are 128-bit ids; another text, signed with our key by
// somebody else, gets an id of its own.
func tokenID(jti string) session.TokenID {
	id, err := session.ParseTokenID(jti)
	if err != nil {
		sum := sha256.Sum256([]byte(jti))
		copy(id[:], sum[:])
	}
	return id
}
