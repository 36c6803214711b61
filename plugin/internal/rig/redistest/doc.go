// Package redistest runs real Redis servers for tests: one, a Cluster, or a
// master with replicas and sentinels. They listen on free ports of 127.0.0.1, keep
// their files in the test's temporary directory, and are stopped, by process id,
// when the test ends.
//
// Where redis-server is missing, Single and Cluster fall back to miniredis (one
// server that says it is a whole cluster) and log that they did; what only a real
// server can show is skipped with that reason. With CI set in the environment a
// missing redis-server fails the test instead.
package redistest
