package throttle

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The bounds of a Rate. Each failure is remembered by itself for a window, which more of
// them, or longer ones, would make costly.
const (
	MaxFailures = 1000
	MinWindow   = time.Second
	MaxWindow   = 24 * time.Hour
)

// Rate is how many failed logins are allowed within any span of time of one window's
// length. The zero Rate is not valid.
type Rate struct {
	Failures int           // 1 to MaxFailures
	Window   time.Duration // MinWindow to MaxWindow
}

// ParseRate reads "10/1m": a number of failures, a slash, and a window as
// time.ParseDuration reads it.
func ParseRate(text string) (Rate, error) {
	failures, window, found := strings.Cut(text, "/")
	n, numberErr := strconv.Atoi(failures)
	d, windowErr := time.ParseDuration(window)
	if !found || numberErr != nil || windowErr != nil {
		return Rate{}, errors.New("throttle: want failures per window, such as 10/1m")
	}
	r := Rate{Failures: n, Window: d}
	return r, r.check()
}

// String is the text that ParseRate reads.
func (r Rate) String() string { return strconv.Itoa(r.Failures) + "/" + r.Window.String() }

func (r Rate) check() error {
	if r.Failures < 1 || r.Failures > MaxFailures {
		return fmt.Errorf("throttle: %d failures per window: want 1 to %d", r.Failures, MaxFailures)
	}
	if r.Window < MinWindow || r.Window > MaxWindow {
		return fmt.Errorf("throttle: a window of %v: want %v to %v", r.Window, MinWindow, MaxWindow)
	}
	return nil
}
