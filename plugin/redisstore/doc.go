// Package redisstore keeps sessions in Redis 6.2 or newer, or in Valkey, for any number of
// processes: on a single server, behind Sentinel, or in a Cluster. Make a [Store] with
// [Connect], from a URL, or with [New], from a client.
//
// Each verb of [session.Store] that changes something is one Lua script, and so one atomic
// step; what only reads is commands about one key each. Ending sessions over a limit, and
// counting and cleaning what a cut-off has ended, are further steps, so that none is long. A
// script that the client library sends again after a lost reply gives the same answer. Each
// carries a deadline by the server's clock, so that an abandoned step does not happen later.
//
// A script declares every key that it decides by, and two of them always exist. While a Cluster
// moves a slot from one server to another, a step therefore happens as always or, for the
// moment, not at all; it is tried again until the call's time is over.
//
// All keys begin with Options.Prefix and the shard's hash tag; n is the shard's number:
//
//	<prefix>:{n}:shard         hash: epoch, cut-offs, and what the shard remembers; lua/gate.lua
//	<prefix>:{n}:log           stream: the revocations, for session.Log
//	<prefix>:{n}:s:<tail>      string: a session, or its tombstone; lua/session.lua
//	<prefix>:{n}:l:<subject>   sorted set: the subject's session ids by idle limit
//	<prefix>:{n}:d:<subject>   the same, of sessions that a cut-off has ended, until they are cleaned
//	<prefix>:{0}:roster        hash: how far nodes have read the log
//
// The epoch holds the version of this form; [ErrForm] is the error for another one.
//
// A Redis user needs ~<prefix>:{* and the commands that [Store.Inspect] tries; it names those
// that are missing. The server must not evict keys (maxmemory-policy noeviction): an evicted
// session is a logout. On a full server sessions are refreshed, seen in use and ended as always,
// and none begins.
//
// A session's text holds the subject, the client's address and its User-Agent in clear text, and
// nothing from which a token could be computed. The tombstone of a revoked session keeps the
// subject, and after the reuse of a refresh token the rest too, as long as the revocation is
// remembered: session.Afterlife beyond the end of its last token.
package redisstore
