package redistest

import "time"

// Refuse closes all connections, and new ones immediately, until [Proxy.Heal]. It behaves as
// if nothing listened there.
func (p *Proxy) Refuse() {
	p.change(func() { p.refusing = true })
	p.eachLink((*link).close)
}

// Hold delivers nothing until [Proxy.Heal], on old and new connections. As with dropped
// packets that are retransmitted, the held bytes arrive afterwards.
func (p *Proxy) Hold() { p.change(func() { p.held = true }) }

// Silence makes the existing connections half-open for good: they stay open but deliver
// nothing. New connections work.
func (p *Proxy) Silence() { p.eachLink(func(k *link) { k.silent.Store(true) }) }

// Delay delays everything by d in each direction, until [Proxy.Heal].
func (p *Proxy) Delay(d time.Duration) { p.change(func() { p.delay = d }) }

// Heal ends the effects of Refuse, Hold and Delay.
func (p *Proxy) Heal() { p.change(func() { p.refusing, p.held, p.delay = false, false, 0 }) }

// Forward leads new connections to another server. Old connections stay with theirs: the proxy
// behaves like a name that now has another address.
func (p *Proxy) Forward(server string) { p.change(func() { p.server = server }) }

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

// add registers a link. It returns false while the proxy refuses connections.
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

// await waits until received bytes may be passed on. passes is false if they are lost.
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
