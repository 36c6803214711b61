// Loadtest compares login systems for gin under load: real servers in processes of their
// own, real Redis servers, HTTP over loopback, and a load generator, all on one machine.
// From this folder:
//
//	go run .
//
// writes the measured part of docs/benchmarks.md and docs/benchmarks.svg. See -help for
// rounds, seconds and connections; -short is a quick look at whether everything runs.
//
// Only what is measured within one run is compared. In each round every contender of a
// table is loaded once, in an order that changes from round to round, and its ratio to the
// reference is taken within the round: what slows the machine down for seconds slows both.
//
// The generator shares the processors with the servers, and costs the same for each of
// them: ratios to the bare server are nearer to 1 than they would be on machines of their own.
package main
