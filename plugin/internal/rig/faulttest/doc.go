// Package faulttest has no code of its own: its tests start several nodes, each a
// process with ginauth, a mirror and its own clients to real Redis servers, put a
// modest load on them, break things, and have package history judge what clients saw.
//
//	go test ./plugin/internal/rig/faulttest                                        // a minute at most
//	go test ./plugin/internal/rig/faulttest -v -timeout 1h -faults=long            // longer faults, many rounds
package faulttest
