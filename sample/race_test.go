//go:build race

package main_test

// buildFlags builds the program under test with the race detector, like the test itself.
var buildFlags = []string{"-race"}
