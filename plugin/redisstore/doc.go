// Package redisstore keeps sessions in Redis 6.2 or newer, for any number of processes: on a
// single server, behind Sentinel, or in a Cluster. Make a [Store] with [Connect], from a URL, or
// with [New], from a client.
//
// Every verb of [session.Store] is one Lua script and so one atomic step; [Store.Check], which
// changes nothing, is one pipeline. A script that the client library sends again after a lost
// reply gives the same answer. Each script carries a deadline by the server's clock, so that
// an abandoned step does not happen later.
//
// All keys begin with Options.Prefix and the shard's hash tag; n is the shard's number:
//
//	<prefix>:{n}:session:<tail>     hash: a session, or its tombstone
//	<prefix>:{n}:subject:<subject>  sorted set: the subject's session ids by age
//	<prefix>:{n}:cutoff             string: the cut-off of all subjects; does not expire
//	<prefix>:{n}:cutoff:<subject>   string: the cut-off of one subject
//	<prefix>:{n}:log                stream: the revocations, for session.Log
//	<prefix>:{n}:epoch              string: the number of shards, and a random text
//	<prefix>:{n}:retain             string: the longest time, in ms, that log entries are kept
//	<prefix>:{n}:newest             string: the newest creation time of a session
//	<prefix>:{n}:ping               string: written by Ping
//	<prefix>:{0}:roster             hash: how far nodes have read the log
//
// A Redis user needs ~<prefix>:* and the commands of the scripts in lua/, besides EVAL,
// EVALSHA, XREAD, XRANGE, XINFO, SCAN and INFO, and WAIT with WaitReplicas. The server must not
// evict keys (maxmemory-policy noeviction): an evicted session is a logout.
//
// A session's hash holds the subject, the client's address and its User-Agent in clear text, and
// nothing from which a token could be computed. The tombstone of a revoked session keeps them
// for Retain and one minute more.
package redisstore
