// Package authtest is the rig of ginauth's tests and benchmarks: an engine with the
// routes of the sample on any store and an injected clock (App), a black-box client
// for it (Do, Login, Refresh), a store whose verbs can be made to fail (Faulty), and a
// forger that signs whatever it is told to, through golang-jwt (Sign, SignRaw).
package authtest
