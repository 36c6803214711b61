package main

import (
	"errors"
	"flag"
	"io"
	"strings"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// minRetain is the least time for which the program has revocations remembered. The store itself
// remembers them until the last token that a node has told it of has expired. It was told nothing
// of tokens that gin-jwt made, of a single token, and of anything before it lost its data. A longer
// time costs some bytes.
const minRetain = 24 * time.Hour

// options are a command's flags and arguments.
type options struct {
	address address
	json    bool
	retain  time.Duration
	reason  string

	except  string // revoke subject
	session string // revoke token
	jti     string
	yes     bool // revoke all
	dryRun  bool // import
	limit   int  // log

	args []string
	in   io.Reader
	bar  bar
}

// flagSet takes no defaults from the environment: -h prints defaults, and a URL holds a password.
func (o *options) flagSet(name string, c command) *flag.FlagSet {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	set.StringVar(&o.address.url, "redis-url", "", "`URL` of Redis; better in REDIS_URL, since others can see command lines")
	set.StringVar(&o.address.mode, "redis-mode", "", "single, cluster or sentinel (REDIS_MODE; default single)")
	set.StringVar(&o.address.master, "redis-master", "", "`name` of Sentinel's master (REDIS_MASTER)")
	set.StringVar(&o.address.prefix, "redis-prefix", "", "`prefix` of every key (REDIS_PREFIX; default ginauth)")
	set.StringVar(&o.address.shards, "redis-shards", "", "`number` of shards, if the application sets one (REDIS_SHARDS; default 64 on a Cluster, else 1)")
	set.BoolVar(&o.json, "json", false, "print JSON")
	if c.flags != nil {
		c.flags(set, o)
	}
	return set
}

func revokeFlags(set *flag.FlagSet, o *options) {
	set.StringVar(&o.reason, "reason", "operator", "a `word` to keep with the ended sessions; not a secret")
	set.DurationVar(&o.retain, "retain", minRetain, "remember the revocation at least this long, for tokens whose end Redis does not know; at least 24h")
}

// complete adds -reason and -retain to a revocation. Until may already be the exp of a token; that
// is not verified, so it makes no revocation shorter.
func (o *options) complete(what session.Revocation) session.Revocation {
	if least := time.Now().Add(o.retain); what.Until.Before(least) {
		what.Until = least
	}
	what.Reason = o.reason
	return what
}

func subjectFlags(set *flag.FlagSet, o *options) {
	revokeFlags(set, o)
	set.StringVar(&o.except, "except", "", "spare the session with this `id`")
}

func tokenFlags(set *flag.FlagSet, o *options) {
	revokeFlags(set, o)
	set.StringVar(&o.session, "session", "", "the token's session `id` (sid), instead of the token")
	set.StringVar(&o.jti, "jti", "", "the token's `id` (jti), with -session")
}

func allFlags(set *flag.FlagSet, o *options) {
	revokeFlags(set, o)
	set.BoolVar(&o.yes, "yes", false, "yes, log out every user")
}

func importFlags(set *flag.FlagSet, o *options) {
	revokeFlags(set, o)
	set.BoolVar(&o.dryRun, "dry-run", false, "count what is live, and end nothing")
}

func logFlags(set *flag.FlagSet, o *options) {
	set.IntVar(&o.limit, "limit", 100, "show the newest `n` entries of each shard; 0: all")
}

// parse reads flags anywhere among the arguments: a -dry-run after the file must not be ignored.
// Everything after "--" is an argument.
func (o *options) parse(name string, c command, args []string, getenv func(string) string) (help bool, err error) {
	set := o.flagSet(name, c)
	var literal []string
	for i, a := range args {
		if a == "--" {
			args, literal = args[:i], args[i+1:]
			break
		}
	}
	for {
		err := set.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			return true, nil
		}
		if err != nil {
			return false, usagef("%s: %s; see ginauthctl %s -h", name, withoutValue(err), name)
		}
		if args = set.Args(); len(args) == 0 {
			break
		}
		o.args, args = append(o.args, args[0]), args[1:]
	}
	o.args = append(o.args, literal...)
	if n := len(o.args); n < c.min || c.max >= 0 && n > c.max {
		return false, usagef("%s: %d arguments, want %s", name, n, c.want())
	}
	if o.limit < 0 {
		return false, usagef("%s: -limit is negative", name)
	}
	if set.Lookup("retain") != nil && o.retain < minRetain {
		return false, usagef("%s: -retain is under %v", name, minRetain)
	}
	o.address = o.address.filled(getenv)
	return false, nil
}

// withoutValue drops the value that an error of package flag repeats: `invalid value "x" for flag
// -y: parse error`.
func withoutValue(err error) string {
	text := err.Error()
	if !strings.HasPrefix(text, "invalid ") {
		return text
	}
	tail := text[strings.LastIndex(text, " for ")+len(" for "):]
	name, _, _ := strings.Cut(strings.TrimPrefix(tail, "flag "), ":")
	return "bad value for " + name
}
