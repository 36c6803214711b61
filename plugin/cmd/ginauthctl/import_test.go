package main_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ids.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAnImportRevokesWhatTheFileNames(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a, b, c, d, spared := r.login("user1"), r.login("user2"), r.login("user2"), r.login("user3"), r.login("user4")
	token := session.NewTokenID()
	path := file(t, fmt.Sprintf("\ufeffkind,id,jti\n# found on 1 May\nsession, %s ,\n\nsubject,user2\ntoken,%s,%s\nsession,%s\nsession,%s\nsubject,nobody\n",
		a.ID, d.ID, token, a.ID, session.NewID(time.Now(), 0)))

	wants(t, r.ok("import", path, "-dry-run"),
		"read: 2 sessions, 2 subjects, 1 token; 1 duplicate skipped\n"+
			"dry run: 5 checked, 4 sessions and tokens are live, nothing was revoked\n")
	for _, s := range []session.Session{a, b, c, d} {
		if !r.alive(s) {
			t.Fatal("a dry run has ended a session")
		}
	}
	wants(t, r.ok("log"), "the log is empty\n")

	wants(t, r.ok("import", path, "-json"), `{
  "dry_run": false,
  "sessions": 2,
  "subjects": 2,
  "tokens": 1,
  "duplicates": 1,
  "done": 5,
  "live": 4
}
`)
	if r.alive(a) || r.alive(b) || r.alive(c) || !r.alive(d) || !r.alive(spared) {
		t.Error("other sessions than those named are dead")
	}
	if err := r.checked(d, token); !errors.Is(err, session.ErrRevoked) {
		t.Errorf("the token: %v", err)
	}
	again := r.okWith(read(t, path), "import", "-")
	if !strings.HasSuffix(again, "revoked: 5, of which 1 sessions and tokens had been live\n") && !strings.HasSuffix(again, "revoked: 5, of which 0 sessions and tokens had been live\n") {
		t.Errorf("a second time: %s", again)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestALargeImportRevokesAll(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var b strings.Builder
	var all []session.Session
	for i := range 300 {
		s := r.login(fmt.Sprintf("user%d", i))
		all = append(all, s)
		fmt.Fprintf(&b, "session,%s\n", s.ID)
	}
	got := r.ok("import", file(t, b.String()))
	if !strings.HasSuffix(got, "revoked: 300, of which 300 sessions and tokens had been live\n") {
		t.Error(got)
	}
	for _, s := range all {
		if r.alive(s) {
			t.Fatal("a session lives")
		}
	}
}

// One mistake anywhere in the file stops the import, and no error repeats anything of the file.
func TestAFileWithAMistakeRevokesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.login("user1")
	good := "session," + s.ID.String() + "\n"
	r.secrets = append(r.secrets, "canary")
	for name, c := range map[string]struct{ text, want string }{
		"unknown kind":       {good + "canary,x\n", "line 2: unknown kind; want session, subject or token"},
		"a kind of nothing":  {good + ",\n", "line 2: unknown kind"},
		"a late heading":     {good + "kind,id\n", "line 2: unknown kind"},
		"a token for an id":  {good + "session,eyJcanary.x.y\n", "line 2: not a session id"},
		"padding":            {good + "session," + s.ID.String() + "==\n", "line 2: not a session id"},
		"no id":              {good + "session\n", "line 2: 1 columns, want 2 for a session"},
		"too many columns":   {good + "session," + s.ID.String() + ",canary\n", "line 2: 3 columns, want 2 for a session"},
		"no jti":             {good + "token," + s.ID.String() + "\n", "line 2: 2 columns, want 3 for a token"},
		"a bad jti":          {good + "token," + s.ID.String() + ",canary\n", "line 2: not a token id"},
		"an empty subject":   {good + "subject,\n", "line 2: a subject is 1 to 255 bytes of UTF-8"},
		"no UTF-8":           {good + "subject,a\xff\n", "line 2: a subject is 1 to 255 bytes of UTF-8"},
		"an endless subject": {good + "subject," + strings.Repeat("s", 256) + "\n", "line 2: a subject is 1 to 255 bytes of UTF-8"},
		"a space behind":     {good + "subject,canary \n", "line 2: white space before or after the subject"},
		"a space before":     {good + "subject, canary\n", "line 2: white space before or after the subject"},
		"a quoted space":     {good + "subject,\"canary\t\"\n", "line 2: white space before or after the subject"},
		"open quotes":        {good + "subject,\"canary\n", "not CSV"},
		"stray quotes":       {good + "subject,can\"ary\n", "line 2: not CSV"},
		"many mistakes":      {good + strings.Repeat("x\n", 30), "and 10 more"},
	} {
		got := r.ctl("import", file(t, c.text))
		if got.status != 2 || got.out != "" || !strings.Contains(got.stderr, c.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if !r.alive(s) {
		t.Error("something was revoked")
	}
}

func TestAFileThatCannotBeReadIsAMistake(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	got := r.ctl("import", "/no/such/file")
	if got.status != 2 || got.stderr != "ginauthctl: import: cannot read the file: no such file or directory\n" {
		t.Errorf("%+v", got)
	}
}
