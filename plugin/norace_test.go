//go:build !race

package ginauth_test

const poolsForget = false
