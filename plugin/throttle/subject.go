package throttle

import (
	"crypto/sha256"
	"net/netip"
)

// subject is a name or an address, for its failures, or a user, for their actions: a hash that has
// a fixed length, whatever the client sent, and does not show the text.
type subject [16]byte

func nameSubject(name string) subject { return hashed("name:" + name) }

func userSubject(user string) subject { return hashed("user:" + user) }

func addressSubject(addr string) subject { return hashed("address:" + network(addr)) }

func hashed(text string) subject {
	sum := sha256.Sum256([]byte(text))
	return subject(sum[:])
}

// ipv6Network is the number of bits of an IPv6 address that its user cannot choose.
const ipv6Network = 64

// network returns an IPv4 address as it is, and the network of an IPv6 address. Text that is not
// an address is returned unchanged.
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
