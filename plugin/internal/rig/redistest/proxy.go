package redistest

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Proxy is a TCP proxy between clients and a server. It can lose replies and simulate network
// faults: see [Proxy.LoseReplies], [Proxy.Refuse], [Proxy.Hold], [Proxy.Silence], [Proxy.Delay]
// and [Proxy.Forward]. Safe for concurrent use.
type Proxy struct {
	l    net.Listener
	lose atomic.Int64
	lost atomic.Int64
	wg   sync.WaitGroup

	mu       sync.Mutex
	server   string
	links    map[*link]bool
	refusing bool
	held     bool
	delay    time.Duration
	changed  chan struct{} // closed and replaced whenever one of these changes
	closed   bool
}

// link is a client's connection and its counterpart to the server.
type link struct {
	client, server net.Conn
	silent         atomic.Bool
}

func (k *link) close() {
	k.client.Close()
	k.server.Close()
}

// NewProxy starts a proxy to a server. It stops when the test ends.
func NewProxy(t testing.TB, server string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{l: l, server: server, links: map[*link]bool{}, changed: make(chan struct{})}
	p.wg.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// Addr returns the address on which the proxy listens.
func (p *Proxy) Addr() string { return p.l.Addr().String() }

// LoseReplies drops the next n replies and closes their connections: the server has done its
// work, but the client cannot know.
func (p *Proxy) LoseReplies(n int64) {
	p.lost.Store(0)
	p.lose.Store(n)
}

// Lost returns how many replies were dropped since [Proxy.LoseReplies].
func (p *Proxy) Lost() int64 { return p.lost.Load() }

func (p *Proxy) close() {
	p.l.Close()
	p.change(func() { p.closed = true })
	p.eachLink((*link).close)
	p.wg.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.l.Accept()
		if err != nil {
			return
		}
		p.connect(client)
	}
}

func (p *Proxy) connect(client net.Conn) {
	p.mu.Lock()
	target := p.server
	p.mu.Unlock()
	server, err := net.Dial("tcp", target)
	if err != nil {
		client.Close()
		return
	}
	k := &link{client: client, server: server}
	if !p.add(k) {
		k.close()
		return
	}
	p.wg.Go(func() { p.relay(k, client, server, func() bool { return true }) })
	p.wg.Go(func() {
		p.relay(k, server, client, p.keepsReply)
		p.remove(k)
	})
}

// keepsReply returns false for a reply that must be lost.
func (p *Proxy) keepsReply() bool {
	if p.lose.Add(-1) >= 0 {
		p.lost.Add(1)
		return false
	}
	return true
}

// relay copies bytes in one direction until one side closes, and then closes both.
func (p *Proxy) relay(k *link, from, to net.Conn, keeps func() bool) {
	defer k.close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil || !keeps() {
			return
		}
		switch passes, open := p.await(k); {
		case !open:
			return
		case !passes:
			continue
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}
