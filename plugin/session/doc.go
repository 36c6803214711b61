// Package session defines what the packages of ginauth share: what a session is, the text form
// of ids, the duties of a [Store], and the content of the revocation log. It imports only the
// standard library.
//
// Applications rarely use it directly: they pass a store, made by package memstore or
// redisstore, to ginauth.New and call the methods of Auth. To write a store, implement [Store]
// and run the suite of package storetest. Implement [Log] as well if other nodes have to learn
// of revocations.
package session
