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

// Max is the longest access token in bytes. A longer one is refused, unread.
const Max = 8 << 10

// Segment is the one spelling of a part of a token.
var Segment = base64.RawURLEncoding.Strict()

var (
	errTooLong   = errors.New("token too long")
	errMalformed = errors.New("token malformed")
	errSignature = errors.New("signature, key or algorithm refused")
	errHeader    = errors.New("header refused")
)

// Verify reads an access token: shape, header, signature, then claims, in this order, so
// that no claim is believed before the signature is. It does not ask whether the token
// is revoked. With ErrTokenExpired it still returns what the token says: logging out with
// an expired token is allowed. So it is with one whose sid is no id of ours, for which the
// answer is ErrTokenRevoked and the SessionID zero.
//
// golang-jwt verifies the signature; the text around it is read here, once and strictly, so
// that no second parser can read the same bytes another way.
func (j *Judge) Verify(token string) (*Verified, error) {
	parts, err := decodeParts(token)
	if err != nil {
		return nil, refusal.Wrap(refusal.TokenInvalid, err)
	}
	if err := j.checkSignature(parts); err != nil {
		return nil, refusal.Wrap(refusal.TokenInvalid, err)
	}
	claims, err := strictjson.Decode(parts.payload, j.jsonNumbers)
	if err != nil {
		return nil, refusal.Wrap(refusal.TokenInvalid, errMalformed)
	}
	access, err := j.readClaims(claims)
	if access != nil {
		access.Text, access.Confirmed = token, new(atomic.Bool)
	}
	return access, err
}

// tokenParts is a token taken apart: RFC 7515 compact serialization.
type tokenParts struct {
	raw             string
	header, payload []byte // decoded
	signed          string // what the signature is over
	signature       string // base64url, in its one spelling
}

// decodeParts holds a token to one spelling: base64url without padding, line breaks or
// stray trailing bits. What the parts say is not looked at.
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
	buf := make([]byte, 0, Segment.DecodedLen(len(token)))
	var err [3]error
	p.header, err[0] = Segment.AppendDecode(buf, []byte(header))
	p.payload, err[1] = Segment.AppendDecode(p.header[len(p.header):], []byte(payload))
	_, err[2] = Segment.AppendDecode(p.payload[len(p.payload):], []byte(signature))
	if err != [3]error{} {
		return tokenParts{}, errMalformed
	}
	return p, nil
}

// checkSignature judges the header and has golang-jwt verify the signature with the
// ring's key for it. Causes are fixed texts: golang-jwt's quote the token's own header.
func (j *Judge) checkSignature(p tokenParts) error {
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
	key, err := j.ring.Keyfunc(unverified)
	if err != nil {
		return errSignature
	}
	if err := unverified.Method.Verify(p.signed, p.signature, key); err != nil {
		return errSignature
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
