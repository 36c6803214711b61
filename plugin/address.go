package ginauth

import (
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/wire"
)

// clientIP is gin's ClientIP, by gin's rules of trust, also where a proxy writes ports beside the
// addresses ("192.0.2.1:4711", "[2001:db8::1]:4711", "[2001:db8::1]"). gin cannot read these: it
// would take the proxy's own address, which all of its clients share, or the next header, which
// the client may have written. It is read once in a request, and gin's context keeps it.
func clientIP(c *gin.Context) string {
	if kept, ok := c.Get(addressKey); ok {
		ip, _ := kept.(string)
		return ip
	}
	read := c.Request
	if headers := wire.WithoutPorts(read.Header); headers != nil {
		read = read.WithContext(read.Context())
		read.Header = headers
	}
	ip := clientIPOf(c, read)
	c.Set(addressKey, ip)
	return ip
}

// clientIPOf is what gin's ClientIP says about another request on the same engine.
func clientIPOf(c *gin.Context, other *http.Request) string {
	own := c.Request
	defer func() { c.Request = own }()
	c.Request = other
	return c.ClientIP()
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
//
// It does not look at gin's Engine.TrustedPlatform: the engine believes the header named there
// whoever sends it, so set it only where the platform replaces what clients write.
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
			logger.WarnContext(ctx, "ginauth: every proxy is trusted, so a client chooses the address that LoginLimit and ClientLimit count by; see gin's SetTrustedProxies")
		}
	})
	if w.shared.Load() {
		return
	}
	if ip := clientIP(c); sharedAddress(c, ip) && w.shared.CompareAndSwap(false, true) {
		logger.WarnContext(ctx, "ginauth: LoginLimit and ClientLimit count many clients as one: a proxy is not trusted, or no address can be read behind it; see gin's SetTrustedProxies", "counted", ip)
	}
}

// sharedAddress reports whether ip stands for many clients: it is none, the address of a trusted
// proxy whose header has no address at the place that counts, or that of what seems to be a proxy
// and is not trusted. A stranger can write the header too, but not from a private address.
func sharedAddress(c *gin.Context, ip string) bool {
	if net.ParseIP(ip) == nil {
		return true
	}
	lines := c.Request.Header.Values(forwardedFor) // gin reads them as one list, from the right
	if len(lines) == 0 || ip != c.RemoteIP() {
		return false
	}
	if believed(c, c.Request.RemoteAddr, []string{forwardedFor, realIP}) {
		line := lines[len(lines)-1]
		last := wire.AddressWithoutPort(line[strings.LastIndexByte(line, ',')+1:])
		return net.ParseIP(strings.TrimSpace(last)) == nil
	}
	remote := net.ParseIP(ip)
	return remote.IsPrivate() || remote.IsLoopback()
}
