package wire_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/plugin/internal/wire"
)

func TestOnlyPortsAndBracketsAreTakenOut(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"192.0.2.7:4711":                      "192.0.2.7",
		" 192.0.2.7:65535 , [2001:db8::7]":    "192.0.2.7,2001:db8::7",
		"x, 192.0.2.7:1":                      "x,192.0.2.7",
		"192.0.2.7:1, x":                      "",
		"192.0.2.7:1,, 10.0.0.1":              "192.0.2.7,, 10.0.0.1",
		"192.0.2.7":                           "",
		"2001:db8::7, 192.0.2.7":              "",
		"192.0.2.7:65536":                     "",
		"192.0.2.7:000080":                    "",
		"192.0.2.7:":                          "",
		"192.0.2.7:+1":                        "",
		"192.0.2.7:1:1":                       "",
		"[::1":                                "",
		"[::1]x":                              "",
		"[::1]:":                              "",
		":":                                   "",
		"":                                    "",
		",":                                   "",
		"example.com:8080":                    "",
		"[fe80::1%eth0]:1":                    "", // gin reads no zone, with a port or without
		strings.Repeat(" ", 64) + "1.1.1.1:1": "",
		strings.Repeat("1.1.1.1:1,", 33) + "1.1.1.1:1": strings.Repeat("1.1.1.1:1,", 2) + strings.TrimSuffix(strings.Repeat("1.1.1.1,", 32), ","),
	} {
		headers := http.Header{"A": {"as it is", line}}
		bare := wire.WithoutPorts(headers)
		if want == "" && bare != nil || want != "" && (bare == nil || bare["A"][1] != want || bare["A"][0] != "as it is") {
			t.Errorf("%q: %q, want %q", line, bare, want)
		}
		if headers["A"][1] != line {
			t.Errorf("%q: the request's own header is written to", line)
		}
	}
}

func TestHeadersWithoutPortsAllocateNothing(t *testing.T) {
	headers := http.Header{
		"Accept":          {"text/html,application/xml;q=0.9,*/*;q=0.8"},
		"Cookie":          {"seen=2026-11-30T12:00:00Z"},
		"Referer":         {"https://app.example.com:8443/?tab=a,b"},
		"X-Forwarded-For": {"198.51.100.1, 2001:db8::7"},
		"X-Hostile":       {strings.Repeat(":,", 1<<19), strings.Repeat(":", 1<<20)},
	}
	if n := testing.AllocsPerRun(100, func() { wire.WithoutPorts(headers) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
