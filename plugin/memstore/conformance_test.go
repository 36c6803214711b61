package memstore_test

import (
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(_ *testing.T, now func() time.Time) session.LoggedStore {
		return memstore.NewWith(memstore.Options{Now: now})
	})
}
