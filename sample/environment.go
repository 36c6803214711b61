package main

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// environment reads variables and collects mistakes. An empty variable counts as not set.
type environment struct {
	getenv   func(string) string
	tryOut   bool // the published example secrets are accepted
	mistakes []string
}

func (e *environment) wrong(name, format string, args ...any) {
	e.mistakes = append(e.mistakes, name+": "+fmt.Sprintf(format, args...))
}

func (e *environment) text(name, fallback string) string {
	if v := e.getenv(name); v != "" {
		return v
	}
	return fallback
}

// labels match values that are safe in a Redis key (redisstore accepts no other prefix) and in
// a header.
var labels = regexp.MustCompile(`^[A-Za-z0-9._:-]{0,64}$`)

func (e *environment) label(name, fallback string) string {
	v := e.text(name, fallback)
	if !labels.MatchString(v) {
		e.wrong(name, "letters, digits and . _ - : only, at most 64")
		return fallback
	}
	return v
}

// printable reads a text of printable ASCII.
func (e *environment) printable(name, fallback string) string {
	v := e.text(name, fallback)
	if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) {
		e.wrong(name, "printable ASCII only")
	}
	return v
}

// word reads one of the given words. The first word is the default.
func (e *environment) word(name string, words ...string) string {
	v := e.text(name, words[0])
	if !slices.Contains(words, v) {
		e.wrong(name, "want %s", strings.Join(words, " or "))
		return words[0]
	}
	return v
}

// boolean reads true or false. The default is false.
func (e *environment) boolean(name string) bool { return e.word(name, "false", "true") == "true" }

func (e *environment) duration(name string, fallback, least time.Duration) time.Duration {
	v := e.getenv(name)
	if v == "" {
		return fallback
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < least {
		e.wrong(name, "want a duration of at least %s, such as %s", least, fallback)
	}
	return d
}

func (e *environment) integer(name string, fallback, least, most int) int {
	v := e.getenv(name)
	if v == "" {
		return fallback
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		e.wrong(name, "want a number from %d to %d", least, most)
	}
	return n
}

func (e *environment) address(name, fallback string) string {
	v := e.text(name, fallback)
	_, port, err := net.SplitHostPort(v)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		e.wrong(name, "want host:port, such as %s", fallback)
	}
	return v
}

// proxies reads a comma-separated list of addresses and networks.
func (e *environment) proxies(name string) []string {
	var list []string
	for _, item := range e.list(name) {
		item = strings.TrimSpace(item)
		_, addrErr := netip.ParseAddr(item)
		_, netErr := netip.ParsePrefix(item)
		if addrErr != nil && netErr != nil {
			e.wrong(name, "want addresses or networks, comma-separated, such as 10.0.0.0/8")
			return nil
		}
		list = append(list, item)
	}
	return list
}

// origins reads a comma-separated list of origins, as browsers write them.
func (e *environment) origins(name string) []string {
	var list []string
	for _, item := range e.list(name) {
		item = strings.TrimSpace(item)
		if _, err := ginauth.ParseOrigin(item); err != nil {
			e.wrong(name, "%v", err)
			return nil
		}
		list = append(list, item)
	}
	return list
}

func (e *environment) list(name string) []string {
	v := e.getenv(name)
	if v == "" {
		return nil
	}
	return strings.Split(v, ",")
}
