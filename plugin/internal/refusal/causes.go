package refusal

import "time"

// StaleLogin is the cause of ReauthenticationRequired: RFC 9470 section 3.
type StaleLogin struct{ MaxAge time.Duration }

func (s *StaleLogin) Error() string { return "login older than " + s.MaxAge.String() }

// Throttled is the cause of TooManyAttempts that says when to try again.
type Throttled struct{ Wait time.Duration }

func (t *Throttled) Error() string { return "retry after " + t.Wait.Round(time.Second).String() }
