package ginauth_test

import (
	"errors"
	"fmt"
	"testing"

	ginauth "github.com/ginauth/ginauth/plugin"
)

func TestCodeIsTheRowThatRefuseAnswersWith(t *testing.T) {
	for _, row := range []struct {
		err    error
		status int
		code   string
	}{
		{nil, 200, ""},
		{ginauth.ErrTokenRevoked, 401, "token_revoked"},
		{fmt.Errorf("deep: %w", fmt.Errorf("%w: cause", ginauth.ErrForbidden)), 403, "forbidden"},
		{ginauth.TooManyAttempts(1), 429, "too_many_attempts"},
		{errors.New("of no class"), 500, "internal"},
	} {
		if status, code := ginauth.Code(row.err); status != row.status || code != row.code {
			t.Errorf("Code(%v) = %d, %q; want %d, %q", row.err, status, code, row.status, row.code)
		}
	}
}
