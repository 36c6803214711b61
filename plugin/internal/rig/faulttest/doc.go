// Package faulttest contains only tests. They start several nodes, each a process with
// ginauth, a mirror and its own clients to real Redis servers, put a modest load on them and
// inject faults. Package history then judges what the clients saw.
//
//	go test ./plugin/internal/rig/faulttest                                        // a minute or two
//	go test ./plugin/internal/rig/faulttest -v -timeout 1h -faults=long            // longer faults, many rounds
//	GINAUTH_TEST_SERVER=valkey go test ./plugin/internal/rig/faulttest             // the same on Valkey
package faulttest
