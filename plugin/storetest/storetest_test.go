package storetest_test

import (
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

func openMemstore(_ *testing.T, now func() time.Time) session.LoggedStore {
	return memstore.NewWith(memstore.Options{Now: now})
}

// Cases may share one store, as they share one server elsewhere.
func TestMemstoreSharedByAllCases(t *testing.T) {
	var shared session.LoggedStore
	storetest.Run(t, func(t *testing.T, now func() time.Time) session.LoggedStore {
		if shared == nil {
			shared = openMemstore(t, now)
		}
		return shared
	})
}
