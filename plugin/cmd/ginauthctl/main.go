// Command ginauthctl inspects and ends the sessions that ginauth keeps in Redis: it lists and
// revokes them, imports lists of compromised ids, and shows the state of the revocation log and
// of the nodes that follow it. docs/ginauthctl.md describes it.
//
// It holds no key and checks no signature: anyone who can write to that Redis can revoke.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/redis/go-redis/v9"
)

// Exit statuses.
const (
	exitFailure = 1 // Redis did not answer, or not everything was done
	exitUsage   = 2 // a mistake in the command line, the environment or the input; nothing was done
	exitBad     = 3 // lag, check: Redis answered, and there is a problem
)

// errUsage is a mistake of the caller, found before anything was done.
type errUsage struct{ text string }

func (e errUsage) Error() string { return e.text }

func usagef(format string, args ...any) error { return errUsage{fmt.Sprintf(format, args...)} }

// silent keeps go-redis from writing to stderr; the errors say what went wrong.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	redis.SetLogger(silent{})
	os.Exit(run(ctx, os.Args[1:], os.Getenv, streams{os.Stdin, os.Stdout, os.Stderr, isTerminal(os.Stderr)}))
}

// streams are the standard streams of the process.
type streams struct {
	in       io.Reader
	out, err io.Writer
	terminal bool // err is one
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// run runs the program and returns the exit status.
func run(ctx context.Context, args []string, getenv func(string) string, s streams) int {
	if len(args) == 0 || asksHelp(args[0]) {
		printUsage(s.out, "")
		return 0
	}
	if args[0] == "revoke" && len(args) > 1 && asksHelp(args[1]) {
		printUsage(s.out, "revoke ")
		return 0
	}
	name, args := commandName(args)
	status, err := dispatch(ctx, name, args, getenv, s)
	if err == nil {
		return status
	}
	_, _ = fmt.Fprintf(s.err, "ginauthctl: %v\n", err)
	if errors.As(err, new(errUsage)) {
		return exitUsage
	}
	return exitFailure
}

func asksHelp(word string) bool { return word == "help" || word == "-h" || word == "--help" }

func dispatch(ctx context.Context, name string, args []string, getenv func(string) string, s streams) (int, error) {
	c, known := commands[name]
	if !known {
		// The error does not repeat the word: it may be a token that was put in a wrong place.
		return 0, usagef("no such command; see ginauthctl help")
	}
	o := &options{in: s.in, bar: bar{w: s.err, on: s.terminal}}
	help, err := o.parse(name, c, args, getenv)
	if err != nil {
		return 0, err
	}
	if help {
		printCommand(s.out, name, c)
		return 0, nil
	}
	store, closeStore, err := o.address.open()
	if err != nil {
		return 0, err
	}
	defer closeStore()
	answer, err := c.do(ctx, store, o)
	if answer == nil {
		return 0, err
	}
	if wrote := write(s.out, answer, o.json); wrote != nil {
		return 0, errors.Join(err, wrote)
	}
	if b, ok := answer.(interface{ bad() bool }); ok && b.bad() {
		return exitBad, err
	}
	return 0, err
}
