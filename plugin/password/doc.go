// Package password hashes and verifies passwords with argon2id (RFC 9106), in the PHC
// string format, for services that keep their users themselves. ginauth does not need it:
// an Authenticator may check passwords in any way.
//
//	hasher, err := password.New(password.Options{})
//	...
//	hash, err := hasher.Hash(ctx, plain) // at sign-up
//	...
//	rehash, err := hasher.Verify(ctx, hash, plain) // at login; nil means the right password
//	...
//	err = hasher.VerifyUnknown(ctx, plain) // at login, when there is no such user
//
// It bounds what a flood of logins can cost: only so many hashes run at a time, the rest
// wait, and give up with their context. It does not limit attempts (package throttle
// does), judge whether a password is a good one, or normalise Unicode.
package password
