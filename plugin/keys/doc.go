// Package keys is the key ring for access tokens: which key signs, which keys verify,
// how they are named (kid), and how the public ones are published (JWKS).
//
// A Key knows its one algorithm (RFC 8725 section 3.1): a token that names the key but
// another algorithm is refused, so an RSA public key is never taken for an HMAC secret,
// and "none" is no algorithm at all. A Ring is a list of keys, of which the first signs.
//
// To change keys without logging anybody out, in three steps, each on all nodes
// before the next: add the new key behind the old one; move it to the front; drop the old
// one when the last access token it signed has expired and, unless Config.RefreshKey is
// set, its refresh tokens (SessionIdleTTL). Ring.Replace does each at run time, and
// to drop a key that leaked is to do the third step at once: its tokens are refused from
// then on.
//
// Signing and verifying is golang-jwt's; this package chooses the key. Key material never
// appears in an error, in a log line or in any format of package fmt.
package keys
