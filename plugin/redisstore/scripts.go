package redisstore

import (
	"context"
	"embed"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
)

//go:embed lua/*.lua
var sources embed.FS

// script is a Lua script and whether its success can confirm a revocation.
type script struct {
	*redis.Script
	text    string
	revokes bool
	gated   bool // it looks at the epoch itself
}

// The scripts, each behind the parts that it uses.
var (
	openScript          = compile("head", "open")
	peekScript          = compile("head", "peek")
	pingScript          = compile("head", "gate", "ping")
	createScript        = compile("head", "gate", "create")
	rotateScript        = compile("head", "gate", "rotate").revoking()
	confirmScript       = compile("head", "confirm")
	revokeSessionScript = compile("head", "gate", "cutoffs", "log", "session", "tombs", "revoke_session").revoking()
	revokeSubjectScript = compile("head", "gate", "cutoffs", "log", "revoke_subject").revoking()
	revokeAllScript     = compile("head", "gate", "cutoffs", "log", "revoke_all").revoking()
	restoreScript       = compile("head", "gate", "cutoffs", "log", "session", "tombs", "restore").revoking()
	detachScript        = compile("head", "gate", "cutoffs", "detach")
	sweptScript         = compile("head", "gate", "cutoffs", "swept")
	buryScript          = compile("head", "bury")
	announceScript      = compile("head", "announce")
)

func compile(parts ...string) script {
	var text strings.Builder
	for _, part := range parts {
		b, err := sources.ReadFile("lua/" + part + ".lua")
		if err != nil {
			panic(err) // the files are part of the program
		}
		text.Write(b)
	}
	return script{Script: redisx.NewScript(text.String()), text: text.String(), gated: slices.Contains(parts, "gate")}
}

func (s script) revoking() script {
	s.revokes = true
	return s
}

// errLate is the error for a step that reached the server after its deadline and did nothing.
var errLate = errors.New("the step reached the server after its deadline")

// run runs a script on a shard whose hash and log it declares, with more keys, and returns
// its reply. It opens a shard that has no epoch, or has lost it, and tries again.
func (s *Store) run(ctx context.Context, sc script, n uint8, keys []string, args ...any) (reply, error) {
	sh := &s.shards[n]
	keys = append([]string{sh.hash(), sh.log()}, keys...)
	return s.send(ctx, sc, n, keys, append([]any{s.epoch()}, args...))
}

// send runs a script on a shard, and once more if the deadline has passed on the server, whose
// clock may have been set.
func (s *Store) send(ctx context.Context, sc script, n uint8, keys []string, args []any) (reply, error) {
	ctx, cancel := s.budget(ctx)
	defer cancel()
	opened, late := false, false
	for {
		if err := s.ready(ctx, n); err != nil {
			return nil, err
		}
		r, err := try(ctx, s, n, func(ctx context.Context) (reply, error) {
			return s.eval(ctx, sc, n, keys, args)
		})
		if err != nil {
			return nil, err
		}
		switch status := r.text(0); {
		case status == "OK", status == "LIMIT", status == "OVERTAKEN":
			return r, nil
		case status == "FORM":
			return nil, s.wrongForm(ctx, n)
		case status == "CLOSED" && !opened:
			opened = true
			if err := s.open(ctx, n); err != nil {
				return nil, err
			}
		case status == "LATE" && !late:
			late = true
		case status == "LATE":
			return nil, unavailable(errLate)
		default:
			return nil, unavailable(redisx.ErrReply)
		}
	}
}

// eval sends a script once. The context's deadline goes with it, by the server's clock.
func (s *Store) eval(ctx context.Context, sc script, n uint8, keys []string, args []any) (reply, error) {
	sh := &s.shards[n]
	deadline, _ := ctx.Deadline()
	now, _ := sh.clock.now()
	head := []any{s.override(), now.Add(time.Until(deadline)).UnixMicro()}
	argv := append(head, args...)
	var v []any
	var err error
	if s.replicas > 0 && sc.revokes {
		v, err = s.evalDurably(ctx, sc, keys, argv)
	} else {
		v, err = s.evalShared(ctx, sc, n, keys, argv)
	}
	sh.writes.note(err, time.Now(), s.life)
	if err != nil {
		return nil, err
	}
	if len(v) < 2 {
		return nil, redisx.ErrReply
	}
	sh.clock.observe(reply(v).int(1))
	return v, nil
}

// evalShared sends a script in a pipeline with the calls of others. A script that does not look
// at the epoch gets company that does.
func (s *Store) evalShared(ctx context.Context, sc script, n uint8, keys []string, argv []any) ([]any, error) {
	q := &question{cmd: command(ctx, "evalsha", sc.Hash(), keys, argv), writes: true}
	if !sc.gated {
		q.check = &check{}
	}
	err := s.askAll(ctx, n, []*question{q})
	if noScript(err) {
		q = &question{cmd: command(ctx, "eval", sc.text, keys, argv), check: q.check, writes: true}
		err = s.askAll(ctx, n, []*question{q})
	}
	if err == nil && q.check != nil {
		err = s.judgeEpoch(ctx, n, q.check.epoch)
	}
	if err != nil {
		return nil, err
	}
	cmd, _ := q.cmd.(*redis.Cmd)
	return cmd.Slice()
}

func command(ctx context.Context, verb, text string, keys []string, argv []any) *redis.Cmd {
	args := make([]any, 0, 3+len(keys)+len(argv))
	args = append(args, verb, text, len(keys))
	for _, key := range keys {
		args = append(args, key)
	}
	return redis.NewCmd(ctx, append(args, argv...)...)
}

// noScript reports that the server does not know a script. Its relatives word the rest of the
// error differently.
func noScript(err error) bool { return redis.HasErrorPrefix(err, "NOSCRIPT") }

// override returns the time, in us, that a script takes in place of the server's, or "".
func (s *Store) override() any {
	if s.fakeNow == nil {
		return ""
	}
	return s.fakeNow().UnixMicro()
}
