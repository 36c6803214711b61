// Package session holds what the packages of ginauth agree on: what a session is, how
// its id and its refresh tokens are written, what a Store owes, and what the
// revocation log says. It imports the standard library alone.
//
// Applications rarely need it: they hand a store (memstore.New, redisstore.New) to
// ginauth.New and use the methods there. Start here to write a store of your own:
// implement Store, run the suite of package storetest, and implement Log too if
// other nodes are to hear of revocations.
package session
