package token

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"sync/atomic"

	jwtv4 "github.com/golang-jwt/jwt/v4"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
	"github.com/ginauth/ginauth/plugin/internal/strictjson"
	"github.com/ginauth/ginauth/plugin/session"
)

// Max is the longest access token in bytes. A longer one is refused without being read.
const Max = 8 << 10

// segment is base64url without padding. Strict refuses non-canonical trailing bits, so a
// token has one spelling (RFC 7515 section 2, RFC 4648 section 3.5).
var segment = base64.RawURLEncoding.Strict()

var (
	errTooLong   = errors.New("token too long")
	errMalformed = errors.New("token malformed")
	errSignature = errors.New("signature, key or algorithm refused")
	errHeader    = errors.New("header refused")
)

// Verify checks an access token: form, header, signature and then claims, so that no claim is
// trusted before the signature is verified. It does not ask whether the token is revoked.
//
// With [refusal.TokenExpired] it still returns the content, since logging out with an expired
// token is allowed. So it does with [refusal.TokenRevoked], the error for a sid that is not a
// session id; SessionID is then zero. Any other error is [refusal.TokenInvalid].
//
// golang-jwt verifies the signature. The text around it is read here, once and strictly, so
// that no second parser can read the same bytes differently.
func (t *AccessTokens) Verify(token string) (*Verified, error) {
	parts, err := decodeParts(token)
	if err != nil {
		return nil, refusal.Wrap(refusal.TokenInvalid, err)
	}
	if err := t.checkSignature(parts); err != nil {
		return nil, refusal.Wrap(refusal.TokenInvalid, err)
	}
	claims, err := strictjson.Decode(parts.payload, t.o.JSONNumbers)
	if err != nil {
		return nil, refusal.Wrap(refusal.TokenInvalid, errMalformed)
	}
	v, err := t.readClaims(claims)
	if v != nil {
		v.Text, v.Confirmed = token, new(atomic.Bool)
	}
	return v, err
}

// tokenParts is a token taken apart: RFC 7515 compact serialization.
type tokenParts struct {
	raw             string
	header, payload []byte // decoded
	signed          string // the text that the signature covers
	signature       string // base64url
}

// decodeParts splits a token and decodes its parts. It accepts one spelling only: base64url
// without padding, line breaks or stray trailing bits.
func decodeParts(token string) (tokenParts, error) {
	if len(token) > Max {
		return tokenParts{}, errTooLong
	}
	header, rest, ok := strings.Cut(token, ".")
	payload, signature, ok2 := strings.Cut(rest, ".")
	if !ok || !ok2 || signature == "" || strings.ContainsAny(token, "\r\n") {
		return tokenParts{}, errMalformed
	}
	p := tokenParts{raw: token, signed: token[:len(token)-len(signature)-1], signature: signature}
	buf := make([]byte, 0, segment.DecodedLen(len(token)))
	var err [3]error
	p.header, err[0] = segment.AppendDecode(buf, []byte(header))
	p.payload, err[1] = segment.AppendDecode(p.header[len(p.header):], []byte(payload))
	_, err[2] = segment.AppendDecode(p.payload[len(p.payload):], []byte(signature))
	if err != [3]error{} {
		return tokenParts{}, errMalformed
	}
	return p, nil
}

// checkSignature checks the header and lets golang-jwt verify the signature with the ring's
// key for it. The errors are fixed texts, because golang-jwt's own quote the token's header.
func (t *AccessTokens) checkSignature(p tokenParts) error {
	header, err := strictjson.Decode(p.header, false)
	if err != nil {
		return errMalformed
	}
	if err := checkHeader(header); err != nil {
		return err
	}
	alg, _ := header["alg"].(string)
	unverified := &jwtv4.Token{Raw: p.raw, Header: header, Method: jwtv4.GetSigningMethod(alg)}
	if unverified.Method == nil {
		return errSignature
	}
	key, err := t.o.Ring.Keyfunc(unverified)
	if err != nil {
		return errSignature
	}
	if err := unverified.Method.Verify(p.signed, p.signature, key); err != nil {
		return errSignature
	}
	return nil
}

// checkHeader refuses critical extensions, since none is implemented (RFC 7515 section
// 4.1.11), and tokens whose typ names another kind of token (RFC 8725 section 3.11). RFC 9068
// section 4 would have typ be at+jwt. "JWT" and no typ pass too, because nodes without a
// client_id and gin-jwt write them, and the claim token_use, as well signed, says the kind.
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
	case typeAccess, "jwt":
		return nil
	}
	return errHeader
}

// tokenID reads a jti. Access tokens have 128-bit ids; any other text, written by another
// program that holds the key, is hashed to one.
func tokenID(jti string) session.TokenID {
	id, err := session.ParseTokenID(jti)
	if err != nil {
		sum := sha256.Sum256([]byte(jti))
		copy(id[:], sum[:])
	}
	return id
}
