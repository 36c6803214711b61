// Package keys holds the key ring for access tokens: which key signs, which keys verify,
// their names (kid), and the published set of the public ones (JWKS).
//
// A [Key] is for one algorithm (RFC 8725 section 3.1). A token that names the key but another
// algorithm is refused, so an RSA public key is never taken for an HMAC secret, and "none" is
// not an algorithm. A [Ring] is a list of keys, of which the first signs.
//
// Changing keys without logging users out takes three steps, each on all nodes before the
// next:
//
//  1. Add the new key behind the old one.
//  2. Move it to the front.
//  3. Drop the old key once the last access token it signed has expired and, unless
//     Config.RefreshKeys is set, its refresh tokens too (SessionIdleTTL).
//
// [Ring.Replace] does each step at run time. For a key that has leaked, do the third step at
// once: its tokens are refused from then on.
//
// golang-jwt signs and verifies; this package chooses the key. Key material never appears in
// an error, in a log line or in any format of package fmt.
package keys
