package redistest_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
)

// echo starts a server that sends back every byte.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	return l.Addr().String()
}

func dial(t *testing.T, p *redistest.Proxy) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// answers writes to conn and returns an error unless the echo arrives within d.
func answers(t *testing.T, conn net.Conn, d time.Duration) error {
	t.Helper()
	if _, err := conn.Write([]byte("x")); err != nil {
		return err
	}
	return hears(conn, d)
}

func hears(conn net.Conn, d time.Duration) error {
	_ = conn.SetReadDeadline(time.Now().Add(d))
	_, err := conn.Read(make([]byte, 1))
	return err
}

const (
	soon  = 5 * time.Second
	short = 50 * time.Millisecond
)

func TestProxyHoldsAndDelivers(t *testing.T) {
	p := redistest.NewProxy(t, echo(t))
	old := dial(t, p)
	if err := answers(t, old, soon); err != nil {
		t.Fatal(err)
	}
	p.Hold()
	fresh := dial(t, p)
	for _, conn := range []net.Conn{old, fresh} {
		if err := answers(t, conn, short); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("held: %v", err)
		}
	}
	p.Heal()
	for _, conn := range []net.Conn{old, fresh} {
		if err := hears(conn, soon); err != nil {
			t.Errorf("what was held: %v", err)
		}
	}
}

func TestProxyRefuses(t *testing.T) {
	p := redistest.NewProxy(t, echo(t))
	old := dial(t, p)
	if err := answers(t, old, soon); err != nil {
		t.Fatal(err)
	}
	p.Refuse()
	for _, conn := range []net.Conn{old, dial(t, p)} {
		if err := answers(t, conn, soon); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("refused: %v", err)
		}
	}
	p.Heal()
	if err := answers(t, dial(t, p), soon); err != nil {
		t.Errorf("healed: %v", err)
	}
}

func TestProxyLeavesConnectionsHalfOpen(t *testing.T) {
	p := redistest.NewProxy(t, echo(t))
	old := dial(t, p)
	if err := answers(t, old, soon); err != nil {
		t.Fatal(err)
	}
	p.Silence()
	if err := answers(t, old, short); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("half-open: %v", err)
	}
	p.Heal()
	if err := answers(t, old, short); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("half-open for good: %v", err)
	}
	if err := answers(t, dial(t, p), soon); err != nil {
		t.Errorf("a new one: %v", err)
	}
}

func TestProxyIsSlow(t *testing.T) {
	p := redistest.NewProxy(t, echo(t))
	conn := dial(t, p)
	p.Delay(short)
	began := time.Now()
	if err := answers(t, conn, soon); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 2*short {
		t.Errorf("there and back in %v", took)
	}
}

func TestProxyForwardsLikeANameThatMoves(t *testing.T) {
	p := redistest.NewProxy(t, echo(t))
	old := dial(t, p)
	if err := answers(t, old, soon); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p.Forward(l.Addr().String())
	if err := answers(t, old, soon); err != nil {
		t.Errorf("the old connection: %v", err)
	}
	fresh := dial(t, p)
	if _, err := fresh.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := hears(conn, soon); err != nil {
		t.Errorf("the new server: %v", err)
	}
}
