package redisx

import "time"

// Bounds of a connection's life.
const (
	// DefaultLife is the longest life of a connection unless the user sets another one.
	DefaultLife = 2 * time.Second
	// MinLife is the shortest life that can be asked for.
	MinLife = 200 * time.Millisecond

	// dialTime is how long dialling may take unless the user sets another time.
	dialTime = 500 * time.Millisecond
)

// The life of a connection begins when its address is looked up, since the address may move at
// any time after that. go-redis counts from the end of the dialling, so the time for dialling
// is taken off.

// TuneWithin is Tune for a client that must follow within life, whatever is set already.
func (k Knobs) TuneWithin(life time.Duration) {
	k.limitDial(life)
	k.Tune(life)
	k.limit(life)
}

// limit limits the life of connections. Shorter lives stay as they are.
func (k Knobs) limit(life time.Duration) {
	k.limitDial(life)
	if !k.bound(life) {
		*k.Life, *k.LifeVar = span(life - *k.Dial)
	}
}

func (k Knobs) limitDial(life time.Duration) {
	if *k.Dial <= 0 {
		*k.Dial = dialTime
	}
	*k.Dial = min(*k.Dial, life/4)
}

// Follows reports whether calls end with their context's deadline and no connection is used for
// longer than life, so that the client follows an address that moves.
func (k Knobs) Follows(life time.Duration) bool { return *k.ContextTimeout && k.bound(life) }

func (k Knobs) bound(life time.Duration) bool {
	return *k.Dial > 0 && *k.Life > 0 && *k.Dial+*k.Life+max(*k.LifeVar, 0) <= life
}

// span spreads the ends of lives over a fifth of the time: connections that were dialled in one
// rush are not dialled again in one.
func span(most time.Duration) (life, either time.Duration) {
	either = most / 10
	return most - either, either
}
