package throttle

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Limits of a [Rate]. Each failure or use is stored by itself for one window, so larger numbers
// would cost too much memory.
const (
	MaxTimes  = 10_000
	MinWindow = time.Second
	MaxWindow = 24 * time.Hour
)

// Rate is how often something may happen within any span of one window: failed logins, or what
// Take counts. The zero Rate is invalid.
type Rate struct {
	Times  int           // 1 to MaxTimes
	Window time.Duration // MinWindow to MaxWindow
}

// ParseRate reads text like "10/1m": a number, a slash, and a window in the form of
// [time.ParseDuration]. The error says what is wrong with the form or the numbers.
func ParseRate(text string) (Rate, error) {
	times, window, found := strings.Cut(text, "/")
	n, numberErr := strconv.Atoi(times)
	d, windowErr := time.ParseDuration(window)
	if !found || numberErr != nil || windowErr != nil {
		return Rate{}, errors.New("throttle: want times per window, such as 10/1m")
	}
	r := Rate{Times: n, Window: d}
	return r, r.check()
}

// String returns the text that [ParseRate] reads.
func (r Rate) String() string { return strconv.Itoa(r.Times) + "/" + r.Window.String() }

func (r Rate) check() error {
	if r.Times < 1 || r.Times > MaxTimes {
		return fmt.Errorf("throttle: %d times per window: want 1 to %d", r.Times, MaxTimes)
	}
	if r.Window < MinWindow || r.Window > MaxWindow {
		return fmt.Errorf("throttle: a window of %v: want %v to %v", r.Window, MinWindow, MaxWindow)
	}
	return nil
}
