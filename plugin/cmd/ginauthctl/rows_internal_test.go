package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ginauth/ginauth/plugin/session"
)

// FuzzRows: a file is either refused as a whole, with an error that repeats nothing of it, or
// every row names something that a store accepts.
func FuzzRows(f *testing.F) {
	id := "AZ2kS1vbAFdMWzzCvjJxpw"
	for _, seed := range []string{
		"", "kind,id\n", "session," + id, "session," + id + ",\n#x\nsubject,user1\n", "token," + id + "," + id,
		"\ufeffkind,id,jti\r\nsubject,\"a,b\"\r\n", "session,eyJx", "subject,\"", "x", ",,,,", "\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		rows, duplicates, err := readRows(bytes.NewReader(text))
		if err != nil {
			if rows != nil || !errors.As(err, new(errUsage)) {
				t.Fatalf("%d rows and %v", len(rows), err)
			}
			return
		}
		seen := make(map[session.Revocation]bool)
		for _, r := range rows {
			w := r.what
			fit := w.ID != session.ID{} && (w.Kind == session.KindSession || w.Token != session.TokenID{})
			if w.Kind == session.KindSubject {
				fit = session.ValidSubject(w.Subject)
			}
			if !fit || w.Kind == 0 || w.Kind == session.KindAll || r.line < 1 || seen[w] {
				t.Fatalf("row %+v", r)
			}
			seen[w] = true
		}
		if duplicates+len(rows) > bytes.Count(text, []byte("\n"))+1 {
			t.Fatalf("%d rows and %d duplicates of %q", len(rows), duplicates, text)
		}
	})
}

func TestAnImportStopsAtTheFirstFailureAndSaysHowFarItCame(t *testing.T) {
	t.Parallel()
	rows := make([]row, 1000)
	for i := range rows {
		rows[i].line = i + 1
	}
	down := errors.New("down")
	var calls atomic.Int64
	done, sum, err := forRows(t.Context(), rows, &bar{}, func(context.Context, session.Revocation) (int, error) {
		if calls.Add(1) > 100 {
			return 0, down
		}
		return 1, nil
	})
	if !errors.Is(err, down) || !strings.HasPrefix(err.Error(), "line ") || done != 100 || sum != 100 || calls.Load() > 100+workers {
		t.Errorf("%d done, %d live, %v after %d calls", done, sum, err, calls.Load())
	}
}

func TestAnInterruptedImportIsNoSuccess(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if done, _, err := forRows(ctx, make([]row, 100), &bar{}, func(ctx context.Context, _ session.Revocation) (int, error) {
		return 0, ctx.Err()
	}); !errors.Is(err, context.Canceled) || done != 0 {
		t.Errorf("%d done, %v", done, err)
	}
}

func TestTheBarIsForTerminals(t *testing.T) {
	t.Parallel()
	var shown, hidden strings.Builder
	on, off := bar{w: &shown, on: true}, bar{w: &hidden}
	for _, b := range []*bar{&on, &off} {
		b.show(1, 4)
		b.show(2, 4) // too soon after the first
		b.show(4, 4)
		b.end()
	}
	want := "\r[##########" + strings.Repeat(".", 30) + "]  25 % 1/4\r[" + strings.Repeat("#", 40) + "] 100 % 4/4\n"
	if shown.String() != want || hidden.String() != "" {
		t.Errorf("%q %q", shown.String(), hidden.String())
	}
}
