// Package storetest is the conformance suite of session.LoggedStore: every duty
// and every promise of package session as a named case. A store of your own keeps
// the contract if this passes with it, under the race detector too:
//
//	func TestConformance(t *testing.T) {
//		storetest.Run(t, func(_ *testing.T, now func() time.Time) session.LoggedStore {
//			return memstore.NewWith(memstore.Options{Now: now})
//		})
//	}
//
// The suite never sleeps to let something expire: it moves the clock that it hands
// to the store. The cases use subjects of their own and may share one server, but
// they revoke everything now and then, so nothing else may.
//
// What it cannot see from outside is left to the store's own tests: what happens
// when a reply is lost, when the deadline of a step has passed, and when data is
// lost.
package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// Case is one promise. Run returns nil, or what broke it.
type Case struct {
	Name string
	Run  func(Env) error
}

// Env is what a case runs on.
type Env struct {
	Store session.LoggedStore // runs on Clock
	Clock *Clock

	// Interleavings is how many pairs of revocation and refresh are raced; 0 is
	// 10,000.
	Interleavings int
}

// Run runs every case as a subtest, one after the other. It calls open once a
// case; the store must take its time from now, which never goes back and never
// falls behind the clock of the machine. With -short, fewer interleavings are
// raced.
func Run(t *testing.T, open func(t *testing.T, now func() time.Time) session.LoggedStore) {
	t.Helper()
	clock := NewClock()
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) {
			env := Env{Store: open(t, clock.Now), Clock: clock}
			if testing.Short() {
				env.Interleavings = 1000
			}
			if err := c.Run(env); err != nil {
				t.Error(err)
			}
		})
	}
}

// Cases is the suite.
func Cases() []Case {
	var all []Case
	for _, group := range [][]Case{
		createCases, limitCases, rotateCases, reuseCases, confirmCases, expiryCases, revokeCases,
		cutoffCases, sessionlessCases, endingCases, logCases, restoreCases, raceCases, contextCases,
	} {
		all = append(all, group...)
	}
	return all
}

// caseTime bounds a case, so that a store which hangs fails.
const caseTime = time.Minute

// failure is how a check ends a case: it is thrown by kit.failf and caught by
// newCase, within one goroutine.
type failure struct{ error }

// newCase makes a Case of a function that ends at the first broken promise.
func newCase(name string, f func(*kit)) Case {
	return Case{Name: name, Run: func(env Env) (err error) {
		ctx, cancel := context.WithTimeout(context.Background(), caseTime)
		defer cancel()
		defer func() {
			if r := recover(); r != nil {
				broken, ok := r.(failure)
				if !ok {
					panic(r)
				}
				err = broken.error
			}
		}()
		f(&kit{ctx: ctx, store: env.Store, clock: env.Clock, interleavings: env.Interleavings})
		return nil
	}}
}

func (k *kit) failf(format string, args ...any) { panic(failure{fmt.Errorf(format, args...)}) }
