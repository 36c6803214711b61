package redisstore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Finding is a fact about a Redis server that its operator should know.
type Finding struct {
	Server string // its address in a Cluster, otherwise "redis"
	Fatal  bool   // the server cannot keep sessions; otherwise the finding is a risk
	Text   string
}

// String returns the finding in one line.
func (f Finding) String() string { return f.Server + ": " + f.Text }

// clockOff is the smallest difference between the two clocks that is reported.
const clockOff = time.Second

// Inspect checks every server that the store writes to, at the start of a program: the version
// (6.2 or newer), a read-only replica in place of a master, scripts that the user may not run,
// an eviction policy that drops sessions, missing persistence, a clock that is far off. An
// empty result is no guarantee: INFO may be restricted, and settings can change while Redis
// runs. The error is [session.ErrUnavailable] if a server did not answer.
func (s *Store) Inspect(ctx context.Context) ([]Finding, error) {
	ctx, cancel := s.budget(ctx)
	defer cancel()
	var mu sync.Mutex
	var all []Finding
	look := func(ctx context.Context, server redis.Cmdable, name string) error {
		found, err := inspectServer(ctx, server, name)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, found...)
		return err
	}
	_, err := bounded(ctx, s, s.timeout, func(ctx context.Context) (struct{}, error) {
		if c, ok := s.rdb.(*redis.ClusterClient); ok {
			return struct{}{}, c.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
				return look(ctx, node, node.Options().Addr)
			})
		}
		return struct{}{}, look(ctx, s.rdb, "redis")
	})
	if err != nil {
		return nil, unavailable(err)
	}
	if err := s.Ping(ctx); isAnswer(err) { // a missing permission shows only when it is needed
		all = append(all, Finding{Server: "redis", Fatal: true, Text: "scripts cannot write: " + err.Error()})
	}
	slices.SortFunc(all, func(a, b Finding) int { return strings.Compare(a.String(), b.String()) })
	return all, nil
}

func inspectServer(ctx context.Context, server redis.Cmdable, name string) ([]Finding, error) {
	pipe := server.Pipeline()
	info := pipe.Info(ctx)
	now := pipe.Time(ctx)
	sent := time.Now()
	if _, err := pipe.Exec(ctx); err != nil && !isAnswer(err) {
		return nil, err
	}
	var found []Finding
	add := func(wrong, fatal bool, format string, args ...any) {
		if wrong {
			found = append(found, Finding{Server: name, Fatal: fatal, Text: fmt.Sprintf(format, args...)})
		}
	}
	if now.Err() == nil {
		off := now.Val().Sub(sent)
		add(off.Abs() > clockOff, false, "its clock is %v off this machine's", off.Round(time.Millisecond))
	}
	if info.Err() != nil {
		add(true, false, "INFO is not allowed: version, role, eviction and persistence are unknown")
		return found, nil //nolint:nilerr // the refusal is a finding, not an outage
	}
	fields := infoFields(info.Val())
	add(tooOld(fields["redis_version"]), true, "version %s; want 6.2 or newer", fields["redis_version"])
	add(fields["role"] == "slave", true, "a read-only replica; want the master")
	policy := fields["maxmemory_policy"]
	add(policy != "" && policy != "noeviction", false,
		"maxmemory-policy %s can evict sessions and revocations; want noeviction", policy)
	add(fields["aof_enabled"] == "0", false, "no append-only file: a restart forgets up to everything since the last snapshot")
	return found, nil
}

// infoFields reads the reply of INFO.
func infoFields(info string) map[string]string {
	fields := make(map[string]string)
	for lines := bufio.NewScanner(strings.NewReader(info)); lines.Scan(); {
		if name, value, ok := strings.Cut(strings.TrimSpace(lines.Text()), ":"); ok {
			fields[name] = value
		}
	}
	return fields
}

// tooOld reports a version below 6.2. It is false for text that is not a version, which
// relatives of Redis may send.
func tooOld(version string) bool {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, errA := strconv.Atoi(major)
	b, errB := strconv.Atoi(minor)
	return errors.Join(errA, errB) == nil && (a < 6 || a == 6 && b < 2)
}
