package redisstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

var update = flag.Bool("update", false, "write testdata/form1.json anew, with the present program")

// formFile is what the program of stored form 1 has left in Redis. See testdata/README.md.
var formFile = filepath.Join("testdata", "form1.json")

// formTime is the moment of the flows in the file. Redis drops keys by its own clock, so it does
// not matter that it is over.
var formTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const formShards = 2

// formStore opens a store on the form's data, at a time after the flows began.
func formStore(t *testing.T, rdb redis.UniversalClient, after *time.Duration) *redisstore.Store {
	t.Helper()
	return newStore(t, rdb, redisstore.Options{
		Shards: formShards, Timeout: patience, ConnLife: 4 * patience,
		Now: func() time.Time { return formTime.Add(*after) },
	})
}

// An upgrade goes on with what an earlier program has left: nobody is logged out, and nothing
// that was revoked comes back.
func TestFormIsKept(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Real(t).Addr(), tunePatiently)
	d := readForm(t)
	d.load(t, rdb)
	after := formEnd + time.Second
	f := form{t: t, s: formStore(t, rdb, &after), ids: d.Sessions, tokens: d.Tokens, after: &after}
	f.readsOn(d)
	f.goesOn()
}

// During an upgrade the earlier program reads what this one writes. So the flows still leave the
// same, but for what is random.
func TestTheSameFormIsWritten(t *testing.T) {
	t.Parallel()
	now := runForm(t)
	if *update {
		text, err := json.MarshalIndent(now, "", "  ")
		if err == nil {
			err = os.WriteFile(formFile, append(text, '\n'), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	file := readForm(t)
	then := file.withoutChance(t)
	for key, text := range now.withoutChance(t) {
		if text != then[key] {
			t.Errorf("%s holds\n%s\nand in the file\n%s", key, text, then[key])
		}
		delete(then, key)
	}
	if len(then) > 0 {
		t.Errorf("only the file has %q", slices.Collect(maps.Keys(then)))
	}
}

func readForm(t *testing.T) dump {
	t.Helper()
	var d dump
	text, err := os.ReadFile(formFile)
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// chance is what differs from run to run: positions in the log, nonces, the rest of the epoch.
var chance = regexp.MustCompile(`\b\d{13}-\d+\b|[\w-]{11}[0-4]?\b|[A-Z2-7]{26}`)

// withoutChance returns what each key holds, with names for all ids.
func (d *dump) withoutChance(t *testing.T) map[string]string {
	t.Helper()
	var names []string
	for _, ids := range []map[string]string{d.Sessions, d.Tokens} {
		for name, id := range ids {
			named := "<" + strings.ReplaceAll(name, " ", ".") + ">"
			names = append(names, id, named, id[8:], named) // the rest is in the session's key
		}
	}
	all := map[string]string{}
	for key, k := range d.Keys {
		minutes := (k.TTL + 30_000) / 60_000
		k.TTL = 0
		text, err := json.Marshal(k)
		if err != nil {
			t.Fatal(err)
		}
		named := strings.NewReplacer(names...).Replace(string(text))
		all[strings.NewReplacer(names...).Replace(key)] = fmt.Sprintf("%d min %s", minutes, chance.ReplaceAllStringFunc(named, func(s string) string {
			if _, err := strconv.ParseFloat(s, 64); err == nil || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == "" {
				return s // a time, or a word
			}
			return "*"
		}))
	}
	return all
}

func TestDataInAnotherFormIsRefused(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Real(t).Addr(), tunePatiently)
	for epoch, want := range map[string]error{
		"2 2 AAAA": redisstore.ErrForm, "0 2 AAAA": redisstore.ErrForm, "AAAABBBBCCCC": redisstore.ErrForm,
		"1 3 AAAA": redisstore.ErrShards, "1 22 AAAA": redisstore.ErrShards, "11 2 AAAA": redisstore.ErrForm,
	} {
		if err := rdb.HSet(t.Context(), "ginauth:{0}:shard", "e", epoch).Err(); err != nil {
			t.Fatal(err)
		}
		var after time.Duration
		s := formStore(t, rdb, &after)
		_, login := s.Create(t.Context(), loginOf("alice"))
		_, state := s.State(t.Context(), 0)
		id := session.NewID(formTime, session.ShardOf("alice", formShards))
		for name, err := range map[string]error{
			"Ping": s.Ping(t.Context()), "Create": login, "State": state, "Check": s.Check(t.Context(), session.Probe{ID: id, Subject: "alice"}),
			"Rotate": rotates(s, id, 1, session.OutcomeGone), "Confirm": s.Confirm(t.Context(), []session.Use{{ID: id, Generation: 1}}),
		} {
			if !errors.Is(err, want) {
				t.Errorf("epoch %q: %s: %v, want %v", epoch, name, err, want)
			}
		}
		if n := rdb.DBSize(t.Context()).Val(); n != 1 {
			t.Errorf("epoch %q: %d keys, want none that was written", epoch, n)
		}
	}
}

// dump is what a server holds, and what the flows know about it.
type dump struct {
	About    string            `json:"about"`
	Sessions map[string]string `json:"sessions"`
	Tokens   map[string]string `json:"tokens"`
	Keys     map[string]dumped `json:"keys"`
}

// dumped is one key. Of its values one is set.
type dumped struct {
	TTL    int64              `json:"ttl"` // ms; -1: none
	String string             `json:"string,omitempty"`
	Hash   map[string]string  `json:"hash,omitempty"`
	Scores map[string]float64 `json:"scores,omitempty"`
	Stream *stream            `json:"stream,omitempty"`
}

type stream struct {
	Last    string   `json:"last"`
	Added   int64    `json:"added"`
	Deleted string   `json:"deleted"`
	Entries []string `json:"entries"` // "id field value field value ...", separated by tabs
}

func (d *dump) save(t *testing.T, rdb redis.UniversalClient) {
	t.Helper()
	ctx := context.Background()
	d.Keys = map[string]dumped{}
	for _, key := range rdb.Keys(ctx, "*").Val() {
		k := dumped{TTL: rdb.PTTL(ctx, key).Val().Milliseconds()}
		if k.TTL <= 0 {
			k.TTL = -1
		}
		switch kind := rdb.Type(ctx, key).Val(); kind {
		case "string":
			k.String = rdb.Get(ctx, key).Val()
		case "hash":
			k.Hash = rdb.HGetAll(ctx, key).Val()
		case "zset":
			k.Scores = map[string]float64{}
			for _, z := range rdb.ZRangeWithScores(ctx, key, 0, -1).Val() {
				k.Scores[fmt.Sprint(z.Member)] = z.Score
			}
		case "stream":
			k.Stream = saveStream(rdb, key)
		default:
			t.Fatalf("%s is a %s", key, kind)
		}
		d.Keys[key] = k
	}
}

func saveStream(rdb redis.UniversalClient, key string) *stream {
	ctx := context.Background()
	info := rdb.XInfoStream(ctx, key).Val()
	s := &stream{Last: info.LastGeneratedID, Added: info.EntriesAdded, Deleted: info.MaxDeletedEntryID}
	entries, _ := rdb.Do(ctx, "XRANGE", key, "-", "+").Slice()
	for _, entry := range entries {
		pair := entry.([]any)
		line := []string{pair[0].(string)}
		for _, field := range pair[1].([]any) {
			line = append(line, field.(string))
		}
		s.Entries = append(s.Entries, strings.Join(line, "\t"))
	}
	return s
}

func (d *dump) load(t *testing.T, rdb redis.UniversalClient) {
	t.Helper()
	pipe := rdb.TxPipeline()
	ctx := context.Background()
	for key, k := range d.Keys {
		switch {
		case k.String != "":
			pipe.Set(ctx, key, k.String, 0)
		case k.Hash != nil:
			pipe.HSet(ctx, key, k.Hash)
		case k.Scores != nil:
			for member, score := range k.Scores {
				pipe.ZAdd(ctx, key, redis.Z{Score: score, Member: member})
			}
		case k.Stream != nil:
			k.Stream.load(pipe, key)
		}
		if k.TTL > 0 {
			pipe.PExpire(ctx, key, time.Duration(k.TTL)*time.Millisecond)
		}
	}
	if _, err := pipe.Exec(ctx); err != nil {
		t.Fatal(err)
	}
}

func (s *stream) load(pipe redis.Pipeliner, key string) {
	ctx := context.Background()
	if len(s.Entries) == 0 {
		pipe.XGroupCreateMkStream(ctx, key, "none", "0")
		pipe.XGroupDestroy(ctx, key, "none")
	}
	for _, line := range s.Entries {
		args := []any{"XADD", key}
		for _, field := range strings.Split(line, "\t") {
			args = append(args, field)
		}
		pipe.Do(ctx, args...)
	}
	pipe.Do(ctx, "XSETID", key, s.Last, "ENTRIESADDED", s.Added, "MAXDELETEDID", s.Deleted)
}
