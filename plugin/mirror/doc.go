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
// of the question: this is a proof. A proof is valid for [Options].MaxStaleness, less the doubt
// that the store tells with its answer. If a waiting read stays silent for 100 ms although the
// heartbeat shows new entries (a half-open connection, or a slot of a Cluster that is being
// moved), the read is cancelled and started again.
//
// # States
//
// A shard of the copy is in one of four states, which [Mirror.Status] shows:
//
//   - [Loading]: not in step yet since [New]. The store is asked about every token. This
//     takes at least 1.4 s by default, and the doubt that the store may tell
//     ([session.Doubter]; 2 s for redisstore by default): if the store has just lost its data,
//     the live nodes notice that within this time and announce that they put the revocations
//     back. A node that starts does not trust the log as long as such an announcement stands,
//     and for another 1.4 s. If the announcing node dies, its announcement ends after 3 s.
//   - [InStep]: the last proof is younger than MaxStaleness. Check makes no call.
//   - [Stale]: proofs stopped coming, because the store is slow, down or unreachable from
//     here. The store is asked about every token, and if it does not answer, Check returns
//     its error.
//   - [Resyncing]: the log was replaced, restarted, went backwards or has a gap, the store's
//     clock jumped, or revocations have to be kept for longer. The log is read again from the
//     start; until that is done the store is asked. Until other nodes have noticed the loss
//     too, and while they put entries back, the copy is trusted no longer than MaxStaleness
//     after its last proof before the loss. If another server answers, and connections may
//     still lead to the old one, the log is read once more when twice the doubt has passed.
//
// # Healing
//
// Before each further full read, a node announces in the log, by Restore without entries, that
// it may have to put entries back, and repeats that until it is done. After the read, the
// entries that the copy holds and the log lacks are put back with Restore. A store that was
// flushed, rolled back or failed over thus gets back every revocation that at least one live
// node knows. Restore writes nothing twice, so any number of nodes may heal at the same time;
// each takes the entries in its own order and leaves out what other nodes have put back
// meanwhile. [Mirror.Close] finishes that work first, so nodes may be restarted one by one in
// the middle of it.
//
// # How long
//
// An entry is kept until the last token that it covers is no longer accepted here: its Until,
// the leeway of [Mirror.Keep], and the time by which this machine's clock is behind the
// store's.
//
// # Limits
//
// A revocation that only dead nodes knew is lost with the store's data. A session that the
// store has lost is accepted while the copy is in step, until its access token expires,
// because the copy holds revocations and not sessions. Use Strict of [session.Probe] where
// that matters.
package mirror
