package history_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/history"
)

func TestRecordedOperation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := history.NewRecorder(time.Minute)
		r.Started("a", true, 0)
		time.Sleep(time.Second)
		answer := r.Do(history.Op{Kind: history.Login, Node: "a", Subject: "ann"}, func() history.Answer {
			time.Sleep(2 * time.Second)
			return history.Answer{Status: 200, Session: "s1", Access: "the access token", Refresh: "the refresh token"}
		})
		r.Do(history.Op{Kind: history.Refresh, Node: "a", Session: "s1", Token: answer.Refresh}, func() history.Answer {
			return history.Answer{Status: 503}
		})
		time.Sleep(time.Second)
		r.Stopped("a")
		h := r.History()
		if n := h.Nodes[0]; !n.Strict || n.Stopped != 4*time.Second {
			t.Errorf("node %+v", n)
		}
		login, refresh := h.Ops[0], h.Ops[1]
		if login.Session != "s1" || login.Status != 200 || login.Began != time.Second || login.Ended != 3*time.Second || login.Token != "" {
			t.Errorf("login %+v", login)
		}
		if refresh.Token != login.Next || refresh.Next != "" || refresh.Status != 503 {
			t.Errorf("refresh %+v after %+v", refresh, login)
		}
		if text := fmt.Sprint(h); strings.Contains(text, "the ") {
			t.Errorf("a token is in %s", text)
		}
	})
}

func TestNoAnswerIsRecordedAsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := history.NewRecorder(10 * time.Second)
		hang := make(chan struct{})
		defer close(hang)
		r.Do(history.Op{Kind: history.Use, Node: "a"}, func() history.Answer {
			<-hang
			return history.Answer{Status: 200}
		})
		if o := r.History().Ops[0]; o.Status != 0 || o.Ended != 10*time.Second {
			t.Errorf("%+v", o)
		}
	})
}

func TestWatchNotesStandstills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := history.NewRecorder(time.Minute)
		ctx, cancel := context.WithCancel(t.Context())
		ticks, done := make(chan time.Time), make(chan struct{})
		go func() {
			defer close(done)
			r.Watch(ctx, ticks)
		}()
		for _, wait := range []time.Duration{history.Tick, 4 * history.Tick, 300 * time.Millisecond, history.Tick} {
			time.Sleep(wait)
			ticks <- time.Now()
			synctest.Wait()
		}
		cancel()
		<-done
		halts := r.History().Halts
		want := history.Halt{Span: span(50, 350)}
		if len(halts) != 1 || halts[0] != want {
			t.Errorf("got %v, want %v", halts, want)
		}
	})
}
