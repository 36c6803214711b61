package wire

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// Each text is compared with all that were found before it, so a megabyte of them must not all be
// kept.
func TestAHeapOfTokensIsNotComparedWithItself(t *testing.T) {
	var found candidates
	for i := range 20000 {
		found.add(strconv.Itoa(i))
	}
	if len(found.more) > maxCandidates {
		t.Errorf("%d are kept", len(found.more))
	}
	judged := 0
	if _, err := found.counts(func(string) Standing { judged++; return Junk }); !errors.Is(err, ErrTooManyTokens) || judged > 0 {
		t.Errorf("%v, %d are verified", err, judged)
	}
}

// The parameters of a content type count for nothing here, and are not read.
func TestParametersOfAContentTypeCostNothing(t *testing.T) {
	long := "application/json" + strings.Repeat(";a*0=1", 200000)
	r := &http.Request{Header: http.Header{"Content-Type": {long}}}
	if kind := mediaType(r); kind != jsonType {
		t.Errorf("%.40q", kind)
	}
	if n := testing.AllocsPerRun(10, func() { mediaType(r) }); n > 0 {
		t.Errorf("%.0f allocations", n)
	}
}
