// Package authtest is the rig of ginauth's tests and benchmarks. It has an engine with the
// routes of the sample, on any store and with an injected clock ([App]); a black-box client
// for it ([App.Do], [App.Login], [App.Refresh]); a store whose verbs can be made to fail
// ([Faulty]); and a forger that signs arbitrary tokens through golang-jwt ([Sign], [SignRaw]).
package authtest
