package ginauth

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gin-gonic/gin"
)

// clientIP is gin's ClientIP, by gin's rules of trust, also where a proxy writes ports beside the
// addresses ("192.0.2.1:4711", "[2001:db8::1]:4711", "[2001:db8::1]"). gin cannot read these: it
// would take the proxy's own address, which all of its clients share, or the next header, which
// the client may have written.
func clientIP(c *gin.Context) string {
	headers := withoutPorts(c.Request.Header)
	if headers == nil {
		return c.ClientIP()
	}
	bare := c.Request.WithContext(c.Request.Context())
	bare.Header = headers
	return clientIPOf(c, bare)
}

// clientIPOf is what gin's ClientIP says about another request on the same engine.
func clientIPOf(c *gin.Context, other *http.Request) string {
	own := c.Request
	defer func() { c.Request = own }()
	c.Request = other
	return c.ClientIP()
}

// withoutPorts returns a copy of the headers in which lists of addresses have no ports, nil if
// there are none to take out. Which header counts is the engine's secret.
func withoutPorts(headers http.Header) http.Header {
	var bare http.Header
	for name, lines := range headers {
		for i, line := range lines {
			without := listWithoutPorts(line)
			if without == line {
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

func listWithoutPorts(line string) string {
	if !strings.Contains(line, ":") {
		return line
	}
	items := strings.Split(line, ",")
	for i, item := range items {
		items[i] = addressWithoutPort(item)
	}
	return strings.Join(items, ",")
}

func addressWithoutPort(item string) string {
	text := strings.TrimSpace(item)
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both.Addr().WithZone("").String()
	}
	inner, open := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	if ip, err := netip.ParseAddr(inner); open && closed && err == nil {
		return ip.WithZone("").String()
	}
	return item
}

// The headers that gin reads unless Engine.RemoteIPHeaders names others.
const (
	forwardedFor = "X-Forwarded-For"
	realIP       = "X-Real-Ip"
)

// TrustsEveryProxy reports whether an engine believes the X-Forwarded-For of anybody, as gin does
// by default. Clients then choose the address that Config.LoginLimit counts by, that events show
// and that sessions keep. Set the addresses of your proxies, or none at all:
// r.SetTrustedProxies(nil). Ask when the engine is set up, before it serves; an [Auth] with a
// LoginLimit has no engine before the first login, and warns then ([Config].Logger).
func TrustsEveryProxy(r *gin.Engine) bool {
	return anybodyIsBelieved(gin.CreateTestContextOnly(nil, r), r.RemoteIPHeaders...)
}

// anybodyIsBelieved is gin's own test for its warning at start.
func anybodyIsBelieved(c *gin.Context, headers ...string) bool {
	return believed(c, "0.0.0.0:0", headers) || believed(c, "[::]:0", headers)
}

// believed reports whether the engine takes the client's address from a header of this remote.
func believed(c *gin.Context, remote string, headers []string) bool {
	const claimed = "192.0.2.1" // for documentation: nobody has it (RFC 5737)
	probe := &http.Request{RemoteAddr: remote, Header: http.Header{}}
	for _, name := range headers {
		probe.Header.Set(name, claimed)
	}
	return clientIPOf(c, probe) == claimed
}

// addressWarnings tells, once each, that a limiter's addresses are not those of the clients.
type addressWarnings struct {
	everybody sync.Once
	shared    atomic.Bool
}

func (w *addressWarnings) look(c *gin.Context, logger *slog.Logger) {
	ctx := c.Request.Context()
	w.everybody.Do(func() {
		if anybodyIsBelieved(c, forwardedFor, realIP) {
			logger.WarnContext(ctx, "ginauth: every proxy is trusted, so a client chooses the address that LoginLimit counts by; see gin's SetTrustedProxies")
		}
	})
	if w.shared.Load() {
		return
	}
	if ip := clientIP(c); sharedAddress(c, ip) && w.shared.CompareAndSwap(false, true) {
		logger.WarnContext(ctx, "ginauth: LoginLimit counts many clients as one: a proxy is not trusted, or no address can be read behind it; see gin's SetTrustedProxies", "counted", ip)
	}
}

// sharedAddress reports whether ip stands for many clients: it is none, the address of a trusted
// proxy whose header has no address at the place that counts, or that of what seems to be a proxy
// and is not trusted. A stranger can write the header too, but not from a private address.
func sharedAddress(c *gin.Context, ip string) bool {
	if net.ParseIP(ip) == nil {
		return true
	}
	line := strings.Join(c.Request.Header.Values(forwardedFor), ",")
	last := addressWithoutPort(line[strings.LastIndexByte(line, ',')+1:])
	if line == "" || ip != c.RemoteIP() {
		return false
	}
	if believed(c, c.Request.RemoteAddr, []string{forwardedFor, realIP}) {
		return net.ParseIP(strings.TrimSpace(last)) == nil
	}
	remote := net.ParseIP(ip)
	return remote.IsPrivate() || remote.IsLoopback()
}
