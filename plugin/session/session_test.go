package session_test

import (
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

func TestDeadlineIsTheEarlierEnd(t *testing.T) {
	early, late := time.UnixMilli(1000), time.UnixMilli(2000)
	for _, s := range []session.Session{{IdleAt: early, EndsAt: late}, {IdleAt: late, EndsAt: early}, {IdleAt: early, EndsAt: early}} {
		if !s.Deadline().Equal(early) {
			t.Errorf("idle %v, ends %v: deadline %v", s.IdleAt, s.EndsAt, s.Deadline())
		}
	}
}

func TestPositionsAreOrdered(t *testing.T) {
	order := []session.Position{{}, {Seq: 1}, {MS: 1}, {MS: 1, Seq: 1}, {MS: 1, Seq: 2}, {MS: 2}}
	for i, p := range order {
		for j, q := range order {
			if p.Before(q) != (i < j) {
				t.Errorf("%v before %v: %v", p, q, p.Before(q))
			}
		}
	}
}
