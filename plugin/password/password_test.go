package password_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/password"
)

// cheap are costs for tests that need many hashes.
var cheap = password.Params{Memory: 8, Passes: 1, Threads: 1}

func newHasher(t testing.TB, o password.Options) *password.Hasher {
	t.Helper()
	h, err := password.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func hashOf(t testing.TB, h *password.Hasher, plain string) string {
	t.Helper()
	hash, err := h.Hash(t.Context(), plain)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// wantVerify fails the test unless Verify gives this error, nil included.
func wantVerify(t *testing.T, h *password.Hasher, hash, plain string, want error) {
	t.Helper()
	rehash, err := h.Verify(t.Context(), hash, plain)
	if !errors.Is(err, want) || (want == nil) != (err == nil) {
		t.Errorf("%.40q against %.40q: %v, want %v", plain, hash, err, want)
	}
	if err != nil && rehash {
		t.Errorf("%.40q: a hash of somebody else is to be replaced", plain)
	}
}

func TestDefaultsAreOWASPs(t *testing.T) {
	t.Parallel()
	h := newHasher(t, password.Options{})
	hash := hashOf(t, h, "correct horse")
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("%.40s", hash)
	}
	wantVerify(t, h, hash, "correct horse", nil)
	wantVerify(t, h, hash, "wrong horse", password.ErrMismatch)
}

func TestVerifyTakesTheRightPasswordAlone(t *testing.T) {
	t.Parallel()
	h := newHasher(t, password.Options{Params: cheap})
	for _, plain := range []string{"", "x", "päßwörd 密码", "with\x00zero", strings.Repeat("long ", 30)} {
		hash := hashOf(t, h, plain)
		wantVerify(t, h, hash, plain, nil)
		for _, wrong := range []string{plain + " ", " " + plain, plain + "\x00", strings.ToUpper(plain) + "!"} {
			wantVerify(t, h, hash, wrong, password.ErrMismatch)
		}
	}
}

// bcrypt stops at 72 bytes: here the last of 1024 counts.
func TestNoByteIsCutOff(t *testing.T) {
	t.Parallel()
	h := newHasher(t, password.Options{Params: cheap})
	for _, length := range []int{64, 72, 73, 128, 255, 256, password.MaxBytes} {
		plain := strings.Repeat("x", length)
		hash := hashOf(t, h, plain)
		wantVerify(t, h, hash, plain, nil)
		wantVerify(t, h, hash, plain[:length-1]+"y", password.ErrMismatch)
		wantVerify(t, h, hash, plain[:length-1], password.ErrMismatch)
	}
}

func TestLongerPasswordsAreRefusedUnseen(t *testing.T) {
	t.Parallel()
	h := newHasher(t, password.Options{Params: cheap})
	long := strings.Repeat("x", password.MaxBytes+1)
	if hash, err := h.Hash(t.Context(), long); !errors.Is(err, password.ErrTooLong) || hash != "" {
		t.Errorf("%q %v", hash, err)
	}
	wantVerify(t, h, hashOf(t, h, long[1:]), long, password.ErrTooLong)
	if err := h.VerifyUnknown(t.Context(), long); !errors.Is(err, password.ErrTooLong) {
		t.Errorf("unknown user: %v", err)
	}
}

func TestTwoHashesOfOnePasswordDiffer(t *testing.T) {
	t.Parallel()
	h := newHasher(t, password.Options{Params: cheap})
	if first, second := hashOf(t, h, "same"), hashOf(t, h, "same"); first == second {
		t.Error("the salt is not random")
	}
}

func TestHashesWithOtherCostsAreToBeReplaced(t *testing.T) {
	t.Parallel()
	today := newHasher(t, password.Options{Params: cheap})
	for _, p := range []password.Params{
		{Memory: 16, Passes: 1, Threads: 1}, {Memory: 8, Passes: 2, Threads: 1}, {Memory: 16, Passes: 1, Threads: 2},
	} {
		hash := hashOf(t, newHasher(t, password.Options{Params: p}), "secret")
		if rehash, err := today.Verify(t.Context(), hash, "secret"); !rehash || err != nil {
			t.Errorf("%+v: rehash %v, %v", p, rehash, err)
		}
		wantVerify(t, today, hash, "wrong", password.ErrMismatch)
	}
	if rehash, err := today.Verify(t.Context(), hashOf(t, today, "secret"), "secret"); rehash || err != nil {
		t.Errorf("today's own: rehash %v, %v", rehash, err)
	}
}

func TestUnknownUserIsNeverLetIn(t *testing.T) {
	t.Parallel()
	h := newHasher(t, password.Options{Params: cheap})
	for _, plain := range []string{"", "password", strings.Repeat("\x00", 32)} {
		if err := h.VerifyUnknown(t.Context(), plain); !errors.Is(err, password.ErrMismatch) {
			t.Errorf("%q: %v", plain, err)
		}
	}
}

// The time of an answer must not reveal that a user does not exist. The test compares the
// medians of interleaved runs: without the work they would differ by a factor of thousands.
func TestUnknownUserCostsWhatAWrongPasswordCosts(t *testing.T) {
	h := newHasher(t, password.Options{})
	hash := hashOf(t, h, "secret")
	var known, unknown []time.Duration
	for range 7 {
		begin := time.Now()
		wantVerify(t, h, hash, "wrong", password.ErrMismatch)
		middle := time.Now()
		if err := h.VerifyUnknown(t.Context(), "wrong"); !errors.Is(err, password.ErrMismatch) {
			t.Error(err)
		}
		known, unknown = append(known, middle.Sub(begin)), append(unknown, time.Since(middle))
	}
	a, b := median(known), median(unknown)
	if a > 3*b || b > 3*a {
		t.Errorf("known %v, unknown %v", a, b)
	}
}

func TestOnlySoManyRunAtATime(t *testing.T) {
	t.Parallel()
	h := newHasher(t, password.Options{Params: cheap, Parallel: 2})
	leave := h.Occupy()
	hash := hashOf(t, h, "secret") // the other turn
	h.Occupy()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := h.Verify(ctx, hash, "secret"); !errors.Is(err, password.ErrBusy) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want ErrBusy", err)
	}
	leave()
	var all sync.WaitGroup
	for range 8 { // each waits for its turn and gives it back
		all.Go(func() { wantVerify(t, h, hash, "secret", nil) })
	}
	all.Wait()
}

func TestEndedContextHashesNothing(t *testing.T) {
	t.Parallel()
	h := newHasher(t, password.Options{Params: cheap})
	hash := hashOf(t, h, "secret")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 { // a select would choose the free turn every other time
		_, hashErr := h.Hash(ctx, "secret")
		_, verifyErr := h.Verify(ctx, hash, "secret")
		for _, err := range []error{hashErr, verifyErr, h.VerifyUnknown(ctx, "secret")} {
			if !errors.Is(err, password.ErrBusy) {
				t.Fatal(err)
			}
		}
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	t.Parallel()
	for _, o := range []password.Options{
		{Parallel: -1},
		{Params: password.Params{Memory: 7, Passes: 1, Threads: 1}},
		{Params: password.Params{Memory: 15, Passes: 1, Threads: 2}},
		{Params: password.Params{Memory: password.MaxMemory + 1, Passes: 1, Threads: 1}},
		{Params: password.Params{Memory: 8, Threads: 1}},
		{Params: password.Params{Memory: 8, Passes: password.MaxPasses + 1, Threads: 1}},
		{Params: password.Params{Memory: 8, Passes: 1}},
		{Params: password.Params{Memory: 1 << 10, Passes: 1, Threads: password.MaxThreads + 1}},
	} {
		if _, err := password.New(o); err == nil || !strings.HasPrefix(err.Error(), "password: Options.") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	h := newHasher(b, password.Options{})
	hash := hashOf(b, h, "secret")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Verify(b.Context(), hash, "secret"); err != nil {
			b.Fatal(err)
		}
	}
}
