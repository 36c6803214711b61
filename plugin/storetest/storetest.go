// Package storetest is the conformance suite for a [session.LoggedStore]. Each duty and each
// promise of package session is a named case. A store keeps the contract if this test passes,
// also under the race detector:
//
//	func TestConformance(t *testing.T) {
//		storetest.Run(t, func(_ *testing.T, now func() time.Time) session.LoggedStore {
//			return memstore.NewWith(memstore.Options{Now: now})
//		})
//	}
//
// The suite never sleeps until something expires: it moves the clock that it gives to the
// store. The cases use their own subjects and may share one server. Nothing else may use that
// server, because some cases revoke everything.
//
// Three things cannot be seen from outside and need tests of the store's own: a lost reply, a
// step whose deadline has passed, and a loss of data.
package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// Case checks one promise. Run returns nil, or an error that says what broke it.
type Case struct {
	Name string
	Run  func(Env) error
}

// Env is the environment of a case.
type Env struct {
	Store session.LoggedStore // takes its time from Clock
	Clock *Clock

	// Interleavings is the number of races between a revocation and a refresh. Default 10,000.
	Interleavings int
}

// Run runs every case as a subtest, one after the other. It calls open once per case. The store
// must take its time from now, to the microsecond where it compares with Create.Began. now never
// goes back and never falls behind the machine's clock. With -short, [Env].Interleavings is 1,000.
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

// Cases returns the cases of the suite, for a caller that runs them without [Run].
func Cases() []Case {
	var all []Case
	for _, group := range [][]Case{
		createCases, limitCases, beganCases, rotateCases, lateCases, reuseCases, confirmCases, expiryCases, revokeCases,
		lifetimeCases, cutoffCases, crowdCases, sessionlessCases, futureCases, endingCases, rosterCases, logCases,
		restoreCases, raceCases, contextCases,
	} {
		all = append(all, group...)
	}
	return all
}

// caseTime limits a case, so that a store that hangs fails it.
const caseTime = time.Minute

// failure ends a case: kit.failf panics with it and newCase recovers it, in the same goroutine.
type failure struct{ error }

// newCase makes a Case from a function that ends at the first broken promise.
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
		k := &kit{ctx: ctx, store: env.Store, clock: env.Clock, interleavings: env.Interleavings}
		defer func() {
			k.clock.AdvanceTo(k.latest)
			k.clock.settle()
		}()
		f(k)
		return nil
	}}
}

func (k *kit) failf(format string, args ...any) { panic(failure{fmt.Errorf(format, args...)}) }
