package jwt

// The key of gin-jwt's tests can be guessed, and ginauth refuses it.
func init() { key = []byte("a key of this test, and of at least 32 bytes") }
