//go:build race

package ginauth_test

// poolsForget: under the race detector sync.Pool drops some of what it is given, and gin
// makes a new Context now and then.
const poolsForget = true
