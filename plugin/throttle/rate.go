package throttle

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Limits of a [Rate]. Each failure is stored by itself for one window, so larger numbers would
// cost too much memory.
const (
	MaxFailures = 1000
	MinWindow   = time.Second
	MaxWindow   = 24 * time.Hour
)

// Rate is the number of failed logins allowed within any span of one window. The zero Rate is
// invalid.
type Rate struct {
	Failures int           // 1 to MaxFailures
	Window   time.Duration // MinWindow to MaxWindow
}

// ParseRate reads text like "10/1m": a number of failures, a slash, and a window in the form of
// [time.ParseDuration]. The error says what is wrong with the form or the numbers.
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

// String returns the text that [ParseRate] reads.
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
