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

// Inspect checks every server that the store writes to, at the start of a program: each command
// that the store needs, the version (6.2 or newer, or Valkey), a read-only replica in place of a
// master, a Cluster in place of a single server, an eviction policy that drops sessions, missing
// persistence, a clock that is far off. An empty result is no guarantee: INFO may be restricted,
// and settings can change while Redis runs. The error is [session.ErrUnavailable] if a server
// did not answer, or [ErrCluster] from a client for a Cluster at a single server.
func (s *Store) Inspect(ctx context.Context) ([]Finding, error) {
	ctx, cancel := s.budget(ctx)
	defer cancel()
	var mu sync.Mutex
	var all []Finding
	look := func(ctx context.Context, server redis.Cmdable, name string) error {
		found, err := s.inspectServer(ctx, server, name)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, found...)
		return err
	}
	_, err := within(ctx, s.timeout, func(ctx context.Context) (struct{}, error) {
		if c, ok := s.rdb.(*redis.ClusterClient); ok {
			return struct{}{}, c.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
				return look(ctx, node, node.Options().Addr)
			})
		}
		return struct{}{}, look(ctx, s.rdb, "redis")
	})
	if s.misplaced(err) {
		return nil, s.placed(err)
	}
	if err != nil {
		return nil, unavailable(err)
	}
	if err := s.checkServer(ctx); errors.Is(err, ErrCluster) {
		all = append(all, Finding{Server: "redis", Fatal: true, Text: "a node of a Cluster, but the client is for one server; set Options.Cluster"})
	} else if err := s.Ping(ctx); answered(err) { // what only a write shows
		all = append(all, Finding{Server: "redis", Fatal: true, Text: "scripts cannot write: " + err.Error()})
	}
	slices.SortFunc(all, func(a, b Finding) int { return strings.Compare(a.String(), b.String()) })
	return all, nil
}

func (s *Store) inspectServer(ctx context.Context, server redis.Cmdable, name string) ([]Finding, error) {
	found, err := s.tryCommands(ctx, server, name)
	if err != nil {
		return nil, err
	}
	pipe := server.Pipeline()
	info := pipe.Info(ctx)
	now := pipe.Time(ctx)
	sent := time.Now()
	if _, err := pipe.Exec(ctx); err != nil && !answered(err) {
		return nil, err
	}
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
		return found, nil //nolint:nilerr // tryCommands has found the refusal
	}
	fields := infoFields(info.Val())
	add(tooOld(fields), true, "%s; want Redis 6.2 or newer, or Valkey", version(fields))
	add(fields["role"] == "slave", true, "a read-only replica (%s); want the master", version(fields))
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

// version names the server. Valkey gives the version of the Redis that it took over from, too.
func version(fields map[string]string) string {
	if v := fields["valkey_version"]; v != "" {
		return "Valkey " + v
	}
	return "Redis " + fields["redis_version"]
}

// tooOld reports a Redis below 6.2. It is false for Valkey, and for text that is not a version,
// which relatives of Redis may send.
func tooOld(fields map[string]string) bool {
	if fields["valkey_version"] != "" {
		return false
	}
	major, rest, _ := strings.Cut(fields["redis_version"], ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, errA := strconv.Atoi(major)
	b, errB := strconv.Atoi(minor)
	return errors.Join(errA, errB) == nil && (a < 6 || a == 6 && b < 2)
}
