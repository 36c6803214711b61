package redistest

import "time"

// Refuse closes all connections, and new ones as soon as they are made, until Heal:
// nothing listens there.
func (p *Proxy) Refuse() {
	p.change(func() { p.refusing = true })
	p.eachLink((*link).close)
}

// Hold lets nothing pass until Heal, in old and new connections: packets are dropped, and
// sent again when the network is back. What was held arrives then.
func (p *Proxy) Hold() { p.change(func() { p.held = true }) }

// Silence makes all connections that exist half-open for good: they stay open, and nothing
// comes through any more. New ones work.
func (p *Proxy) Silence() { p.eachLink(func(k *link) { k.silent.Store(true) }) }

// Delay makes whatever passes that much late, each way, until Heal.
func (p *Proxy) Delay(d time.Duration) { p.change(func() { p.delay = d }) }

// Heal ends Refuse, Hold and Delay.
func (p *Proxy) Heal() { p.change(func() { p.refusing, p.held, p.delay = false, false, 0 }) }

func (p *Proxy) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Proxy) eachLink(f func(*link)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for k := range p.links {
		f(k)
	}
}

// add is false where nobody may connect.
func (p *Proxy) add(k *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refusing || p.closed {
		return false
	}
	p.links[k] = true
	return true
}

func (p *Proxy) remove(k *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, k)
}

// await waits until what has come over a link goes on. It does not pass if it is lost.
func (p *Proxy) await(k *link) (passes, open bool) {
	for {
		p.mu.Lock()
		held, delay, changed, closed := p.held, p.delay, p.changed, p.closed
		p.mu.Unlock()
		switch {
		case closed:
			return false, false
		case k.silent.Load():
			return false, true
		case held:
			<-changed
		case delay == 0:
			return true, true
		default:
			select {
			case <-time.After(delay):
				return true, true
			case <-changed:
			}
		}
	}
}
