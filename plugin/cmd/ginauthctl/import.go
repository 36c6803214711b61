package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// workers is the number of concurrent revocations.
const workers = 8

// imported is the result of an import or a dry run.
type imported struct {
	DryRun     bool `json:"dry_run"`
	Sessions   int  `json:"sessions"` // lines of each kind
	Subjects   int  `json:"subjects"`
	Tokens     int  `json:"tokens"`
	Duplicates int  `json:"duplicates"` // lines that were skipped
	Done       int  `json:"done"`       // lines that were carried out, or checked in a dry run
	Live       int  `json:"live"`       // sessions and tokens that were live
}

func (i imported) text(w io.Writer) {
	_, _ = fmt.Fprintf(w, "read: %s, %s, %s; %s skipped\n",
		plural(i.Sessions, "session"), plural(i.Subjects, "subject"), plural(i.Tokens, "token"), plural(i.Duplicates, "duplicate"))
	if i.DryRun {
		_, _ = fmt.Fprintf(w, "dry run: %d checked, %d sessions and tokens are live, nothing was revoked\n", i.Done, i.Live)
		return
	}
	_, _ = fmt.Fprintf(w, "revoked: %d, of which %d sessions and tokens had been live\n", i.Done, i.Live)
}

func importFile(ctx context.Context, store *redisstore.Store, o *options) (answer, error) {
	rows, duplicates, err := openRows(o)
	if err != nil {
		return nil, err
	}
	result := imported{DryRun: o.dryRun, Duplicates: duplicates}
	for _, r := range rows {
		switch r.what.Kind {
		case session.KindSession:
			result.Sessions++
		case session.KindSubject:
			result.Subjects++
		default:
			result.Tokens++
		}
	}
	step := func(ctx context.Context, what session.Revocation) (int, error) {
		return store.Revoke(ctx, o.complete(what))
	}
	if o.dryRun {
		step = func(ctx context.Context, what session.Revocation) (int, error) { return live(ctx, store, what) }
	}
	result.Done, result.Live, err = forRows(ctx, rows, &o.bar, step)
	if err != nil {
		err = fmt.Errorf("%d of %d lines done; the import may be run again, finished revocations stay: %w", result.Done, len(rows), err)
	}
	return result, err
}

func openRows(o *options) ([]row, int, error) {
	if o.args[0] == "-" {
		return readRows(o.in)
	}
	f, err := os.Open(o.args[0])
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err // without the name: it may be a token that was put in a wrong place
		}
		return nil, 0, usagef("import: cannot read the file: %v", err)
	}
	defer f.Close()
	return readRows(f)
}

// live counts the sessions and tokens that a revocation would end.
func live(ctx context.Context, store *redisstore.Store, what session.Revocation) (int, error) {
	if what.Kind == session.KindSubject {
		list, err := store.List(ctx, what.Subject)
		return len(list), err
	}
	s, err := store.Get(ctx, what.ID)
	if err == nil && what.Kind == session.KindToken {
		err = store.Check(ctx, session.Probe{ID: what.ID, Token: what.Token, Subject: s.Subject})
	}
	if errors.Is(err, session.ErrNotFound) || session.Ended(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return 1, nil
}

// forRows calls step for every row, several at once, until the first error. It returns the number
// of rows done and the sum of their results.
func forRows(ctx context.Context, rows []row, progress *bar, step func(context.Context, session.Revocation) (int, error)) (done, sum int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next := make(chan row)
	var mu sync.Mutex
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for r := range next {
				if ctx.Err() != nil {
					continue // was handed out at the moment of a failure
				}
				n, stepErr := step(ctx, r.what)
				mu.Lock()
				if stepErr == nil {
					done, sum = done+1, sum+n
					progress.show(done, len(rows))
				} else if err == nil {
					err = fmt.Errorf("line %d: %w", r.line, stepErr)
					cancel()
				}
				mu.Unlock()
			}
		})
	}
	for _, r := range rows {
		select {
		case next <- r:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	all.Wait()
	progress.end()
	if err == nil {
		err = ctx.Err()
	}
	return done, sum, err
}
