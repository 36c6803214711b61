// Package judge contains only tests. go-jose, a JOSE library by other authors than golang-jwt,
// verifies what ginauth mints, mints what ginauth must accept, and forges what it must refuse,
// with every algorithm. It is a module of its own, so that go-jose is in nobody's go.sum.
package judge
