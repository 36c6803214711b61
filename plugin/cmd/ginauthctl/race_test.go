//go:build race

package main_test

// buildFlags builds the program with the race detector, like the test.
var buildFlags = []string{"-race"}
