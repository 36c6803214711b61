package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/ginauth/ginauth/plugin/redisstore"
)

// command is a command of the program.
type command struct {
	args    string // its arguments, for the usage line
	min     int    // number of arguments
	max     int    // -1: any number
	summary string
	flags   func(*flag.FlagSet, *options) // in addition to those of every command
	do      func(context.Context, *redisstore.Store, *options) (answer, error)
}

// commands is filled in by init, since help refers to it.
var commands map[string]command

func init() {
	commands = map[string]command{
		"sessions":       {"SUBJECT", 1, 1, "list a user's live sessions, newest first", nil, listSessions},
		"revoke session": {"SESSION...", 1, -1, "end sessions by id", revokeFlags, revokeSessions},
		"revoke subject": {"SUBJECT", 1, 1, "end all sessions of a user", subjectFlags, revokeSubject},
		"revoke token":   {"", 0, 0, "end one access token, or the session of a refresh token, read from standard input", tokenFlags, revokeToken},
		"revoke all":     {"", 0, 0, "end every session of every user", allFlags, revokeAll},
		"import":         {"FILE", 1, 1, "revoke the ids in a CSV file (- is standard input)", importFlags, importFile},
		"log":            {"", 0, 0, "show the log of revocations, oldest first", logFlags, showLog},
		"lag":            {"", 0, 0, "check that every node has applied every revocation; exit status 3 if not", nil, showLag},
		"nodes":          {"", 0, 0, "show the nodes that keep a copy of the log, and their state", nil, showNodes},
		"shards":         {"", 0, 0, "show the log of each shard, and the state of its nodes", nil, showShards},
		"check":          {"", 0, 0, "look for problems of Redis; exit status 3 if it cannot keep sessions", nil, check},
	}
}

// commandName splits the command's one or two words from the arguments.
func commandName(args []string) (name string, rest []string) {
	if args[0] == "revoke" && len(args) > 1 {
		return args[0] + " " + args[1], args[2:]
	}
	return args[0], args[1:]
}

// printUsage lists the commands whose names begin with prefix.
func printUsage(w io.Writer, prefix string) {
	var b strings.Builder
	b.WriteString("usage: ginauthctl COMMAND [flags] [arguments]\n\n")
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		c := commands[name]
		_, _ = fmt.Fprintf(&b, "  %-26s %s\n", strings.TrimSpace(name+" "+c.args), c.summary)
	}
	b.WriteString("\nginauthctl COMMAND -h lists the flags of a command. Redis is named by REDIS_URL, REDIS_MODE,\n" +
		"REDIS_MASTER, REDIS_PREFIX and REDIS_SHARDS, or by flags. Exit status: 0 done, 1 failed, 2 a\n" +
		"mistake in the command line, the environment or the input, 3 lag or check found a problem.\n")
	_, _ = io.WriteString(w, b.String())
}

func printCommand(w io.Writer, name string, c command) {
	_, _ = fmt.Fprintf(w, "usage: ginauthctl %s [flags] %s\n%s\n\n", name, c.args, c.summary)
	set := new(options).flagSet(name, c)
	set.SetOutput(w)
	set.PrintDefaults()
}

// want describes the expected arguments.
func (c command) want() string {
	return cmp.Or(c.args, "no arguments")
}
