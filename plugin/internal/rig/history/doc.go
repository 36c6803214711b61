// Package history records what clients of several nodes saw while faults were
// injected, and judges it by what ginauth promises. It knows neither Redis nor HTTP:
// a History is a list of operations, of nodes and of faults, and Check is a pure
// function of it.
//
// Every operation has the moments of its call and of its return on one monotonic clock.
// What happened between the two is unknown, so each rule takes the reading that is
// kindest to the nodes: "after" means that one returned before the other was called.
//
// A checker for linearizability of any object (porcupine) is not needed here, and
// would say less. Its question, whether some order of the operations explains the
// answers, is hard because every operation may depend on every other. Here a session
// lives from its login to the first revocation that covers it, and nothing brings it
// back: each answer is judged against the revocations of its own session alone, in
// one pass. And the promises are not those of a linearizable object: a mirror may
// lag by MaxStaleness, a store may lose data, and the checker has to know by how much
// and when.
package history
