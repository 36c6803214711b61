package redisstore

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// ownCommands are the commands that the store sends, besides those inside its scripts.
var ownCommands = []string{
	"EVAL", "EVALSHA", "GET", "HDEL", "HGETALL", "HMGET", "HSET", "INFO", "SCAN", "TIME", "XINFO", "XRANGE", "XREAD",
	"ZRANGE", "ZRANGEBYSCORE", "ZREM",
}

// durableCommand is sent with Options.WaitReplicas only.
const durableCommand = "WAIT"

var scriptCommand = regexp.MustCompile(`call\('([A-Z]+)'`)

// neededCommands returns the names of all commands that the store needs.
func (s *Store) neededCommands() []string {
	names := slices.Clone(ownCommands)
	if s.replicas > 0 {
		names = append(names, durableCommand)
	}
	files, _ := sources.ReadDir("lua") // part of the program
	for _, f := range files {
		text, _ := sources.ReadFile("lua/" + f.Name())
		for _, m := range scriptCommand.FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// noKey stands for a key that no store writes.
const noKey = "\x00"

// harmless are arguments with which each command changes nothing: it is about a key that no store
// writes, and where it could write one, it is told not to or is incomplete. A command without
// arguments is missing here.
var harmless = map[string][]any{
	"DEL":             {noKey},
	"EVAL":            {"return 1", 1, noKey},
	"EVALSHA":         {strings.Repeat("0", 40), 1, noKey},
	"EXISTS":          {noKey},
	"GET":             {noKey},
	"HDEL":            {noKey, "f"},
	"HGET":            {noKey, "f"},
	"HGETALL":         {noKey},
	"HMGET":           {noKey, "f"},
	"HSET":            {noKey, "f", "v", "g"}, // a field without a value
	"INFO":            {"server"},
	"PEXPIRE":         {noKey, 1},
	"PTTL":            {noKey},
	"RENAME":          {noKey, noKey},
	"SCAN":            {0, "MATCH", noKey, "COUNT", 1},
	"SET":             {noKey, "", "XX"},
	"UNLINK":          {noKey},
	"WAIT":            {0, 1},
	"XADD":            {noKey, "NOMKSTREAM", "*", "f", "v"},
	"XDEL":            {noKey, "1-1"},
	"XGROUP":          {"CREATE", noKey, "none", "0"},
	"XINFO":           {"STREAM", noKey},
	"XRANGE":          {noKey, "-", "+", "COUNT", 1},
	"XREAD":           {"STREAMS", noKey, "$"},
	"ZADD":            {noKey, "XX", 1, "m"},
	"ZCOUNT":          {noKey, 0, 0},
	"ZRANGE":          {noKey, 0, 0},
	"ZRANGEBYSCORE":   {noKey, 0, 0},
	"ZREM":            {noKey, "m"},
	"ZREMRANGEBYRANK": {noKey, 0, 0},
	"ZSCORE":          {noKey, "m"},
}

// tryCommands tries every command on a server and returns a finding for each that it does not
// know or the user may not run. The error is a failure on the way.
func (s *Store) tryCommands(ctx context.Context, server redis.Cmdable, name string) ([]Finding, error) {
	needed := s.neededCommands()
	pipe := server.Pipeline()
	cmds := make([]*redis.Cmd, len(needed))
	for i, command := range needed {
		args := []any{command}
		for _, arg := range harmless[command] {
			if arg == noKey {
				arg = s.prefix + ":{0}:inspect"
			}
			args = append(args, arg)
		}
		cmds[i] = pipe.Do(ctx, args...)
	}
	if _, err := pipe.Exec(ctx); err != nil && !answered(err) {
		return nil, err
	}
	var found []Finding
	for i, command := range needed {
		why := denied(cmds[i].Err())
		switch {
		case why == "":
		case command == "INFO":
			found = append(found, Finding{Server: name, Text: "command INFO " + why + ": version, role, eviction and persistence are unknown"})
		default:
			found = append(found, Finding{Server: name, Fatal: true, Text: fmt.Sprintf("command %s %s", command, why)})
		}
	}
	return found, nil
}

// denied says in words why a command can never be run, or returns "". Any other reply comes from
// the command itself.
func denied(err error) string {
	switch {
	case err == nil:
	case redis.HasErrorPrefix(err, "unknown command"), redis.HasErrorPrefix(err, "unknown subcommand"):
		return "does not exist: the service has removed or renamed it"
	case redis.HasErrorPrefix(err, "NOPERM") && strings.Contains(err.Error(), " key"): // "keys" of Redis, "a key" of Valkey
		return "may not touch the keys of this prefix: the Redis user needs ~<prefix>:{*"
	case redis.HasErrorPrefix(err, "NOPERM"):
		return "is not allowed to this Redis user"
	}
	return ""
}
