// Package history records what clients of several nodes saw while faults were injected, and
// judges it by the promises of ginauth. It depends on neither Redis nor HTTP: a [History] is a
// list of operations, nodes and faults, and [Check] is a pure function of it.
//
// Every operation has the times of its call and of its return on one monotonic clock. The
// moment in between at which it took effect is unknown, so each rule takes the reading that is
// kindest to the nodes: "after" means that one returned before the other was called.
//
// A general linearizability checker (porcupine) is not needed and would find less. It asks
// whether any order of the operations explains the answers, which is hard because every
// operation may depend on every other. Here a session lives from its login to the first
// revocation that covers it, and nothing brings it back, so one pass judges each answer
// against the revocations of its own session. The promises also differ from those of a
// linearizable object: a mirror may lag by MaxStaleness, a store may lose data, and the
// checker must know when and by how much.
package history
