package throttle

import (
	"crypto/sha256"
	"net/netip"
)

// subject is what failures are counted of: a name or an address, by a hash that has
// one length whatever the client sent, and that shows neither.
type subject [16]byte

func nameSubject(name string) subject { return hashed("name:" + name) }

func addressSubject(addr string) subject { return hashed("address:" + network(addr)) }

func hashed(text string) subject {
	sum := sha256.Sum256([]byte(text))
	return subject(sum[:])
}

// ipv6Network is how much of an IPv6 address its user cannot choose.
const ipv6Network = 64

// network is the address, or an IPv6 address's network. What is no address stands for
// itself.
func network(addr string) string {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return addr
	}
	ip = ip.WithZone("").Unmap()
	if ip.Is4() {
		return ip.String()
	}
	prefix, _ := ip.Prefix(ipv6Network) // fits every IPv6 address
	return prefix.String()
}
