// Package password hashes and verifies passwords with argon2id (RFC 9106), in the PHC string
// format, for services that store their users themselves. ginauth does not need it: an
// Authenticator may check passwords in any way.
//
//	hasher, err := password.New(password.Options{})
//	...
//	hash, err := hasher.Hash(ctx, plain) // at sign-up
//	...
//	rehash, err := hasher.Verify(ctx, hash, plain) // at login; nil means the right password
//	...
//	err = hasher.VerifyUnknown(ctx, plain) // at login, if there is no such user
//
// It limits what a flood of logins can cost: a fixed number of hashes runs at a time; the other
// calls wait, and give up when their context ends. It does not limit attempts (package throttle
// does), judge the quality of a password, or normalise Unicode.
package password
