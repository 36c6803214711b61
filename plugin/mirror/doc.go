// Package mirror keeps a copy of the revocation list in the memory of every node,
// so that a protected request asks no store and a revocation is still obeyed within
// milliseconds:
//
//	store := redisstore.New(rdb)
//	list := mirror.New(store, mirror.Options{})
//	auth, err := ginauth.New(ginauth.Config{Store: list, ...})
//
// When the program ends, list.Close, after the Auth's and before the store's.
//
// A Mirror is a session.Store itself. Every verb but Check goes to the store
// behind it; Check is answered from the copy while the copy is in step, and by the
// store otherwise. What the copy knows to be revoked is refused always, however old
// the copy is and whatever the store says: a store that lost its data is told again.
//
// # Following
//
// Each shard of the store's session.Log is followed by itself: read from the start
// once, then with waiting reads. On top of that a heartbeat asks session.Log.State
// where the log stands. When the copy has applied all of it, this is a proof that at
// the moment of the question nothing was missing. A proof is good for
// Options.MaxStaleness. A waiting read that stays silent although the heartbeat
// shows news (a half-open connection) is broken off and read anew.
//
// # States
//
// A shard of the copy is in one of four states; Status shows them:
//
//   - Loading: never in step since New. The store is asked about every token. It lasts
//     1.4 s at least by default (two heartbeats and two waits for healing): a store that has just lost its data is told again by
//     the nodes that live, and a node that comes in between must not believe it.
//   - InStep: the last proof is younger than MaxStaleness. Check makes no call.
//   - Stale: proofs stopped coming; the store is slow, away, or cut off from here.
//     It is asked about every token, and its error goes up if it does not answer.
//   - Resyncing: the log was replaced, restarted, went backwards or has a gap, or the
//     store's clock jumped. All of it is read again; until then the store is asked.
//
// # Healing
//
// After each full read, what the copy holds and the log does not is put back with
// session.Log.Restore: a flushed, rolled back or failed-over store hears again of
// every revocation that one living node remembers. Restore writes nothing twice, so
// any number of nodes may do it at once; each waits a random moment first and leaves
// out what others have put back meanwhile.
//
// # What it does not promise
//
// It cannot refuse what only dead nodes knew. A session that the store has lost is
// accepted while the copy is in step, until its access token expires: the copy
// holds revocations, not sessions. Use session.Probe.Strict where that matters.
package mirror
