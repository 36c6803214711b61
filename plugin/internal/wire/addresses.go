package wire

import (
	"net/http"
	"slices"
	"strings"
)

// Bounds of the work on one line of a header. No address with a port is longer (54 bytes), and no
// request passes through more proxies. gin reads what is beyond them as it is written.
const (
	maxAddress = 64
	maxProxies = 32
)

// WithoutPorts returns a copy of the headers in which lists of addresses have no ports
// ("192.0.2.1:4711", "[2001:db8::1]:4711") and no brackets, nil if there is nothing to take out.
// It looks at every header, since gin does not say which one it reads, and judges no address:
// gin does.
func WithoutPorts(headers http.Header) http.Header {
	var bare http.Header
	for name, lines := range headers {
		for i, line := range lines {
			without, changed := listWithoutPorts(line)
			if !changed {
				continue
			}
			if bare == nil {
				bare = headers.Clone()
			}
			bare[name][i] = without
		}
	}
	return bare
}

// listWithoutPorts goes from the right, as gin does, since the last item is what the proxy next to
// the server wrote. It stops at what is no address: gin stops there too.
func listWithoutPorts(line string) (bare string, changed bool) {
	var items [maxProxies]string
	end, n := len(line), 0
	for ; n < maxProxies && end >= 0; n++ {
		item, ok := lastItem(line[:end])
		if !ok {
			break
		}
		items[n] = AddressWithoutPort(item)
		changed = changed || items[n] != item
		end -= len(item) + 1 // and the comma
	}
	if !changed {
		return line, false
	}
	slices.Reverse(items[:n])
	return line[:max(end+1, 0)] + strings.Join(items[:n], ","), true
}

// lastItem returns the last item of a list; ok if it can be an address.
func lastItem(list string) (item string, ok bool) {
	tail := list[max(len(list)-maxAddress-1, 0):]
	item = tail[strings.LastIndexByte(tail, ',')+1:]
	if len(item) > maxAddress {
		return "", false
	}
	other := func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF.:[] \t", r) }
	return item, !strings.ContainsFunc(item, other)
}

// AddressWithoutPort returns the address in an item of a list, and the item as it is if it has
// neither a port nor brackets.
func AddressWithoutPort(item string) string {
	text := strings.TrimSpace(item)
	if inner, ok := strings.CutPrefix(text, "["); ok {
		host, rest, closed := strings.Cut(inner, "]")
		if closed && (rest == "" || rest[0] == ':' && isPort(rest[1:])) {
			return host
		}
		return item
	}
	host, port, _ := strings.Cut(text, ":")
	if strings.Contains(host, ".") && isPort(port) {
		return host
	}
	return item
}

func isPort(text string) bool {
	digits := strings.Trim(text, "0123456789") == ""
	return digits && text != "" && (len(text) < 5 || len(text) == 5 && text <= "65535")
}
