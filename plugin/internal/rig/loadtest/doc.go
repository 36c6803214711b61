// Loadtest compares login systems for gin under load. Server processes, Redis servers and a
// load generator run on one machine and talk HTTP over loopback. Run it from this folder:
//
//	go run .
//
// This writes the measured part of docs/benchmarks.md, and docs/benchmarks.svg. -help lists
// the options for rounds, seconds and connections. -short only checks quickly that everything
// runs.
//
// Comparisons are valid only within one run. In each round every contender of a table is
// loaded once, in an order that changes from round to round, and its ratio to the reference is
// computed per round. A slowdown of the machine for some seconds then affects both.
//
// The generator shares the processors with the servers and costs the same for each of them.
// Ratios to the bare server are therefore closer to 1 than on separate machines.
package main
