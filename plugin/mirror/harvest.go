package mirror

import (
	"math/rand/v2"
	"sync"

	"github.com/ginauth/ginauth/plugin/session"
)

// harvest goes through a shard's list once and collects what the log lacks, in batches. It is
// safe for concurrent use.
//
// It takes the buckets in a random order. Nodes that heal at the same time then work at
// different places until the end. In the order of the buckets, a node that catches up with
// another would stay just behind it and send the same entries.
type harvest struct {
	sh *shard

	mu    sync.Mutex
	order []int // the buckets to go
	found []session.Entry
}

func newHarvest(sh *shard) *harvest {
	return &harvest{sh: sh, order: rand.Perm(buckets)} //nolint:gosec // an order, not a secret
}

// next returns up to healBatch entries, and none at the end. It leaves out entries that have
// been put back since they were found.
func (h *harvest) next() []session.Entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	batch := make([]session.Entry, 0, healBatch)
	for len(batch) < healBatch {
		if len(h.found) == 0 && !h.find() {
			break
		}
		e := h.found[0]
		h.found = h.found[1:]
		if h.sh.list.missing(e) {
			e.Shard = uint8(h.sh.n)
			batch = append(batch, e)
		}
	}
	return batch
}

// find searches the next buckets until something is found. It returns false at the end.
func (h *harvest) find() bool {
	for len(h.found) == 0 && len(h.order) > 0 {
		h.found = h.sh.list.lost(h.order[0], h.sh.horizon(), h.sh.clock.until)
		h.order = h.order[1:]
	}
	return len(h.found) > 0
}
