// Package redistest runs real Redis servers for tests: one server, a Cluster, or a master with
// replicas and sentinels. They listen on free ports of 127.0.0.1, keep their files in the
// test's temporary folder, and are stopped by process id when the test ends.
//
// With GINAUTH_TEST_SERVER=valkey in the environment, valkey-server, valkey-sentinel and
// valkey-cli run in the place of redis-server, redis-sentinel and redis-cli everywhere.
//
// Where redis-server is missing, [Single] and [Cluster] fall back to miniredis (one server
// that claims to be a whole cluster) and log it. Tests that need a real server are skipped
// with that reason. With CI set in the environment a missing redis-server fails the test
// instead.
package redistest
