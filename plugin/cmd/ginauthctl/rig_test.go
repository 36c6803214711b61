package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// program is ginauthctl, built once.
var program string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "ginauthctl")
	if err != nil {
		log.Print(err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program = filepath.Join(dir, "ginauthctl")
	build := exec.Command("go", append(append([]string{"build"}, buildFlags...), "-o", program, ".")...)
	if out, err := build.CombinedOutput(); err != nil {
		log.Printf("%v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// redisPassword is the password of every rig's Redis; it must never be printed.
const redisPassword = "canary-redis-password-57"

// rig is a Redis, a store on it, and the program with both in its environment.
type rig struct {
	t       *testing.T
	store   *redisstore.Store
	rdb     redis.UniversalClient
	env     []string
	secrets []string
}

func newRig(t *testing.T, redisArgs ...string) *rig {
	t.Helper()
	server := redistest.Real(t, append(redisArgs, "--requirepass", redisPassword)...)
	rdb := redistest.Client(t, server.Addr(), func(o *redis.UniversalOptions) { o.Password = redisPassword })
	return newRigOn(t, rdb, redisstore.Options{}, "REDIS_URL=redis://:"+redisPassword+"@"+server.Addr()+"/0")
}

func newRigOn(t *testing.T, rdb redis.UniversalClient, o redisstore.Options, env ...string) *rig {
	t.Helper()
	r := &rig{t: t, store: redisstore.Must(redisstore.New(rdb, o)), rdb: rdb, env: env, secrets: []string{redisPassword, "eyJ", "rt1_"}}
	t.Cleanup(func() { _ = r.store.Close(context.Background()) })
	return r
}

// output is the result of a run of the program.
type output struct {
	status      int
	out, stderr string
}

// ctl runs the program and checks that it prints none of the rig's secrets.
func (r *rig) ctl(args ...string) output {
	r.t.Helper()
	return r.ctlWith("", args...)
}

func (r *rig) ctlWith(stdin string, args ...string) output {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append([]string{"GORACE=atexit_sleep_ms=10"}, r.env...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		r.t.Fatal(err)
	}
	for _, secret := range r.secrets {
		if strings.Contains(out.String()+stderr.String(), secret) {
			r.t.Errorf("%q was told: %s%s", secret, out.String(), stderr.String())
		}
	}
	return output{cmd.ProcessState.ExitCode(), out.String(), stderr.String()}
}

// ok is ctl for a run that must succeed and print nothing on stderr.
func (r *rig) ok(args ...string) string {
	r.t.Helper()
	return r.okWith("", args...)
}

func (r *rig) okWith(stdin string, args ...string) string {
	r.t.Helper()
	got := r.ctlWith(stdin, args...)
	if got.status != 0 || got.stderr != "" {
		r.t.Fatalf("%s: status %d\n%s%s", strings.Join(args, " "), got.status, got.out, got.stderr)
	}
	return got.out
}

// wants compares a transcript with the expected one.
func wants(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func (r *rig) login(subject string) session.Session {
	r.t.Helper()
	c, err := r.store.Create(r.t.Context(), session.Create{
		Subject: subject, AuthTime: time.Now(), IP: "192.0.2.7", UserAgent: "curl/8\x1b[2J", Device: "laptop",
		IdleTTL: time.Hour, MaxTTL: 24 * time.Hour, TokenEnd: time.Now().Add(15 * time.Minute), Claims: []byte(`{"claim":"eyJ"}`),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return c.Session
}

func (r *rig) alive(s session.Session) bool {
	r.t.Helper()
	_, err := r.store.Get(r.t.Context(), s.ID)
	if err != nil && !errors.Is(err, session.ErrNotFound) {
		r.t.Fatal(err)
	}
	return err == nil
}

// checked returns the answer of a strict check of one of the session's tokens.
func (r *rig) checked(s session.Session, token session.TokenID) error {
	return r.store.Check(r.t.Context(), session.Probe{ID: s.ID, Token: token, Subject: s.Subject})
}

func (r *rig) json(into any, args ...string) {
	r.t.Helper()
	text := r.ok(append(args, "-json")...)
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		r.t.Fatalf("%v in %s", err, text)
	}
}

// utc writes a time as the program does.
func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }
