//go:build race

package main_test

// buildFlags gives the program under test the race detector that the test has.
var buildFlags = []string{"-race"}
