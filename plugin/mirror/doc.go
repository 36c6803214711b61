// Package mirror keeps a copy of the revocation list in the memory of every node. A
// protected request then needs no call to the store, and a revocation still takes effect on
// every node within milliseconds:
//
//	store, err := redisstore.Connect(os.Getenv("REDIS_URL"), redisstore.Options{})
//	...
//	list, err := mirror.New(store, mirror.Options{})
//	...
//	auth, err := ginauth.New(ginauth.Config{Store: list, ...})
//
// When the program ends, Auth.Close closes the Mirror and the store. Without an Auth, call
// [session.Close].
//
// A [Mirror] is a [session.Store] itself. Every verb except Check goes to the store that it
// wraps. [Mirror.Check] answers from the copy while the copy is in step, and asks the store
// otherwise. A session or token that the copy knows to be revoked is always refused, however
// old the copy is and whatever the store says: a store that lost its data gets the
// revocation back.
//
// # Following
//
// Each shard of the store's [session.Log] is followed separately: it is read once from the
// start, and from then on with waiting reads. In addition, a heartbeat asks [session.Log] for
// its State. When the copy has applied everything up to there, it was complete at the moment
// of the question: this is a proof. A proof is valid for [Options].MaxStaleness. If a waiting
// read stays silent although the heartbeat shows new entries (a half-open connection), the
// read is cancelled and started again.
//
// # States
//
// A shard of the copy is in one of four states, which [Mirror.Status] shows:
//
//   - [Loading]: not in step yet since [New]. The store is asked about every token. This
//     takes at least 1.4 s by default, two heartbeats and two waits before healing: if the
//     store has just lost its data, the live nodes put the revocations back, and a node that
//     starts in between must not trust the log before that.
//   - [InStep]: the last proof is younger than MaxStaleness. Check makes no call.
//   - [Stale]: proofs stopped coming, because the store is slow, down or unreachable from
//     here. The store is asked about every token, and if it does not answer, Check returns
//     its error.
//   - [Resyncing]: the log was replaced, restarted, went backwards or has a gap, or the
//     store's clock jumped. The log is read again from the start; until that is done the
//     store is asked.
//
// # Healing
//
// After each full read, the entries that the copy holds and the log lacks are put back with
// the log's Restore. A store that was flushed, rolled back or failed over thus gets back every
// revocation that at least one live node knows. Restore writes nothing twice, so any number of
// nodes may heal at the same time; each first waits for a random moment and leaves out what
// other nodes have put back meanwhile.
//
// # Limits
//
// A revocation that only dead nodes knew is lost with the store's data. A session that the
// store has lost is accepted while the copy is in step, until its access token expires,
// because the copy holds revocations and not sessions. Use Strict of [session.Probe] where
// that matters.
package mirror
