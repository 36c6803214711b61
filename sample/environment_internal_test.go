package main

import (
	"testing"
	"time"
)

func TestConnectionsLiveAFourthOfTheStaleness(t *testing.T) {
	for staleness, want := range map[time.Duration]time.Duration{
		400 * time.Millisecond: 200 * time.Millisecond,
		time.Second:            250 * time.Millisecond,
		5 * time.Second:        1250 * time.Millisecond,
		8 * time.Second:        2 * time.Second,
		time.Minute:            2 * time.Second,
	} {
		if got := connLife(staleness); got != want {
			t.Errorf("%v: %v, want %v", staleness, got, want)
		}
	}
}
