package redisstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
)

// reply is an error reply; go-redis tells them from other errors by this method.
type errorReply string

func (e errorReply) Error() string { return string(e) }

func (errorReply) RedisError() {}

// The texts are those of Redis 7.0.15 and Valkey 8.0.1, which differ in the name only, and of the
// source of Redis 6.2.
func TestRefusedWritesAreToldFromOtherErrors(t *testing.T) {
	t.Parallel()
	for text, refused := range map[string]bool{
		"READONLY You can't write against a read only replica.":                                                                               true,
		"READONLY You can't write against a read only replica. script: beef354d82996a708aa0deac229a63225ff0dd9c, on @user_script:1.":          true,
		"ERR Error running script (call to f_beef): @user_script:1: @user_script: 1: -READONLY You can't write against a read only replica. ": true,
		"NOREPLICAS Not enough good replicas to write.":                                                                                       true,
		"NOREPLICAS Not enough good replicas to write. script: beef354d82996a708aa0deac229a63225ff0dd9c, on @user_script:1.":                  true,
		"ERR Error running script (call to f_beef): @user_script:1: @user_script: 1: -NOREPLICAS Not enough good replicas to write. ":         true,
		"MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may":                  true,
		"MISCONF Valkey is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may":                 true,
		"ERR Error running script (call to f_beef): @user_script:1: @user_script: 1: -MISCONF Errors writing to the AOF file: No space left":  true,
		"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.":                                                    true,
		"LOADING Redis is loading the dataset in memory":                                                                                      true,
		"UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)":                                        true,
		"CLUSTERDOWN The cluster is down and only accepts read commands":                                                                      true,

		"OOM command not allowed when used memory > 'maxmemory'.":                                                                  false,
		"ERR Error running script (call to f_beef): @user_script:1: @user_script: 1: -OOM command not allowed when used memory > ": false,
		"NOSCRIPT No matching script. Please use EVAL.":                                                                            false,
		"TRYAGAIN Multiple keys request during rehashing":                                                                          false,
		"MOVED 866 127.0.0.1:7002":                                                                                                 false,
		"NOPERM User poor has no permissions to run the":                                                                           false,
		"ERR unknown command 'xinfo', with args beginning":                                                                         false,
		"WRONGTYPE Operation against a key holding the":                                                                            false,
		"BUSY Redis is busy running a script.":                                                                                     false,
		"ERR value READONLY is not an integer":                                                                                     false,
		"ERR Error running script (call to f_beef): @user_script:1: attempt to index READONLY":                                     false,
		"": false,
	} {
		err := error(errorReply(text))
		if refusesWrites(err) != refused || refusesWrites(fmt.Errorf("wrapped: %w", err)) != refused {
			t.Errorf("%q: want %v", text, refused)
		}
		if refusesWrites(errors.New(text)) {
			t.Errorf("%q: not a reply of a server", text)
		}
	}
	for _, err := range []error{nil, io.EOF, context.DeadlineExceeded, redis.Nil, redis.ErrClosed} {
		if refusesWrites(err) {
			t.Errorf("%v is not a refusal", err)
		}
	}
}

// While the address moves, a node has connections to both servers: that the new one has taken a
// write says nothing about what the old one answers.
func TestOneSuccessDoesNotMakeAnOldServerBelieved(t *testing.T) {
	t.Parallel()
	const life = 2 * time.Second
	var w writes
	now := time.Now()
	after := func(d time.Duration) time.Time { return now.Add(d) }
	readonly := errorReply("READONLY You can't write against a read only replica.")
	if w.refused() {
		t.Error("refused before the first write")
	}
	for _, step := range []struct {
		err  error
		at   time.Duration
		want bool
	}{
		{nil, 0, false},
		{io.EOF, 1, false},
		{readonly, time.Second, true},
		{nil, 2 * time.Second, true}, // by the new server, while the old one is connected too
		{readonly, 2500 * time.Millisecond, true},
		{nil, 4500 * time.Millisecond, true},
		{io.EOF, 9 * time.Second, true}, // no proof
		{redis.Nil, 9 * time.Second, true},
		{nil, 9 * time.Second, false},
		{nil, 10 * time.Second, false},
	} {
		w.note(step.err, after(step.at), life)
		if w.refused() != step.want {
			t.Errorf("after %v at %v: want %v", step.err, step.at, step.want)
		}
	}
}

func TestRealServersThatRefuseWritesAreKnown(t *testing.T) {
	t.Parallel()
	lonely := redistest.Real(t, "--min-replicas-to-write", "1")
	replica := redistest.Real(t, "--replicaof", strings.Replace(lonely.Addr(), ":", " ", 1))
	dir := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	unsaved := redistest.Real(t, "--save", "3600 1", "--dir", dir)
	admin := redistest.Client(t, unsaved.Addr(), nil)
	if err := admin.Set(t.Context(), "k", 1, 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.RemoveAll(dir), admin.BgSave(t.Context()).Err()); err != nil {
		t.Fatal(err)
	}
	for name, server := range map[string]*redistest.Server{"lonely": lonely, "replica": replica, "unsaved": unsaved} {
		rdb := redistest.Client(t, server.Addr(), nil)
		s := Must(New(rdb, Options{}))
		defer s.Close(t.Context())
		for _, send := range []func() error{
			func() error { return rdb.Set(t.Context(), "k", 1, 0).Err() },
			func() error {
				return redis.NewScript("return redis.call('SET', KEYS[1], 1)").Run(t.Context(), rdb, []string{"k"}).Err()
			},
			func() error {
				return redis.NewScript("#!lua flags=allow-oom\nreturn redis.call('SET', KEYS[1], 1)").Run(t.Context(), rdb, []string{"k"}).Err()
			},
			func() error { return s.Ping(t.Context()) },
		} {
			err := send()
			for end := time.Now().Add(5 * time.Second); err == nil && time.Now().Before(end); err = send() {
				time.Sleep(10 * time.Millisecond) // until the save has failed
			}
			if !refusesWrites(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
