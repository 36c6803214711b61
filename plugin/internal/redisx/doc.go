// Package redisx holds what redisstore and throttle both need of a go-redis client: calls
// that end on time, a fresh look at a Cluster after an error, and the rules for clients,
// key prefixes and nonces.
package redisx
