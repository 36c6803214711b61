package main

import (
	"context"
	"crypto/fips140"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	maxUserName = 255 // bytes; longer names are unknown, and Redis is not asked

	// userCallTimeout bounds one operation, retries included.
	userCallTimeout = time.Second
)

// redisUsers stores each user as one hash in Redis, so that all nodes agree about a changed
// password or a disabled user. A demo user is written at the first lookup that does not find
// it. This never overwrites a changed user, and restores the demo users after Redis has lost
// its data.
type redisUsers struct {
	rdb    redis.UniversalClient
	prefix string
	seeded map[string]user
}

func newRedisUsers(rdb redis.UniversalClient, prefix string, seeded map[string]user) *redisUsers {
	return &redisUsers{rdb: rdb, prefix: prefix, seeded: seeded}
}

func (r *redisUsers) key(name string) string { return r.prefix + ":user:" + name }

func (r *redisUsers) find(ctx context.Context, name string) (user, error) {
	if name == "" || len(name) > maxUserName {
		return user{}, errUnknownUser
	}
	ctx, cancel := context.WithTimeout(ctx, userCallTimeout)
	defer cancel()
	fields, err := r.rdb.HGetAll(ctx, r.key(name)).Result()
	if err != nil {
		return user{}, fmt.Errorf("find user: %w", err)
	}
	if len(fields) == 0 {
		demo, ok := r.seeded[name]
		if !ok {
			return user{}, errUnknownUser
		}
		if fields, err = r.seed(ctx, demo); err != nil {
			return user{}, fmt.Errorf("seed user: %w", err)
		}
	}
	return user{name: name, role: fields["role"], hash: fields["hash"], disabled: fields["disabled"] == "1"}, nil
}

// seed writes a demo user unless another node was faster, and returns the stored fields.
func (r *redisUsers) seed(ctx context.Context, u user) (map[string]string, error) {
	var fields *redis.MapStringStringCmd
	_, err := r.rdb.TxPipelined(ctx, func(tx redis.Pipeliner) error {
		tx.HSetNX(ctx, r.key(u.name), "hash", u.hash)
		tx.HSetNX(ctx, r.key(u.name), "role", u.role)
		tx.HSetNX(ctx, r.key(u.name), "disabled", "0")
		fields = tx.HGetAll(ctx, r.key(u.name))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return fields.Result()
}

func (r *redisUsers) replaceHash(ctx context.Context, name, old, replacement string) (bool, error) {
	return r.change(ctx, name, "hash", old, replacement)
}

func (r *redisUsers) setDisabled(ctx context.Context, name string, disabled bool) error {
	value := "0"
	if disabled {
		value = "1"
	}
	if _, err := r.find(ctx, name); err != nil { // find also seeds a demo user
		return err
	}
	_, err := r.change(ctx, name, "disabled", "", value)
	return err
}

// newScript is redis.NewScript, in a process of GODEBUG=fips140=only too: EVALSHA names a script by
// its SHA-1, on which no security rests. Its twin is NewScript of plugin/internal/redisx, which only
// the library can import.
func newScript(source string) *redis.Script {
	var s *redis.Script
	fips140.WithoutEnforcement(func() { s = redis.NewScript(source) })
	return s
}

// clockScript reads the clock of the node that holds the key.
var clockScript = newScript(`
local time = redis.call('TIME')
return time[1] * 1000 + math.floor(time[2] / 1000)`)

// changeScript sets one field of an existing user if the field still has its old value. It is
// safe to send twice, and does nothing after its deadline: a change that was answered with 503
// must not happen later.
//
// KEYS[1] user; ARGV: deadline in ms of the server's clock, field, old value or "", new value
var changeScript = newScript(`
local time = redis.call('TIME')
if time[1] * 1000 + time[2] / 1000 > tonumber(ARGV[1]) then return 'late' end
local value = redis.call('HGET', KEYS[1], ARGV[2])
if not value then return 'unknown' end
if value ~= ARGV[4] then
  if ARGV[3] ~= '' and value ~= ARGV[3] then return 'other' end
  redis.call('HSET', KEYS[1], ARGV[2], ARGV[4])
end
return 'done'`)

var errLate = errors.New("the change came too late and was not made")

// change runs changeScript. The deadline is in the server's time, so the server's clock is
// read first.
func (r *redisUsers) change(ctx context.Context, name, field, old, value string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, userCallTimeout)
	defer cancel()
	clock, err := clockScript.Run(ctx, r.rdb, []string{r.key(name)}).Int64()
	if err != nil {
		return false, fmt.Errorf("change user: %w", err)
	}
	end, _ := ctx.Deadline()
	deadline := strconv.FormatInt(clock+time.Until(end).Milliseconds(), 10)
	answer, err := changeScript.Run(ctx, r.rdb, []string{r.key(name)}, deadline, field, old, value).Text()
	if err != nil {
		return false, fmt.Errorf("change user: %w", err)
	}
	switch answer {
	case "done":
		return true, nil
	case "other":
		return false, nil
	case "unknown":
		return false, errUnknownUser
	default:
		return false, fmt.Errorf("change user: %w", errLate)
	}
}
