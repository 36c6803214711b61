package doctest_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
)

// How many requirements each section of ASVS 5.0 has, and each list of an RFC that is told
// completely.
var requirements = map[string]map[string]int{
	"### V3.3 ":    {"3.3": 5},
	"### V7 ":      {"7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 3, "7.6": 2},
	"### V9 ":      {"9.1": 3, "9.2": 4},
	"### V10 ":     {"10.1": 2, "10.2": 3, "10.3": 5, "10.4": 16, "10.5": 5, "10.6": 2, "10.7": 3},
	"## RFC 8725":  {"3": 12},
	"## RFC 9700":  {},
	"## RFC 10017": {},
}

var asvsRow = regexp.MustCompile(`(?m)^\| ([0-9][0-9., ]*) \| [^|]+ \| ([^|]*) \| (.+) \|$`)

// Every requirement of the sections that docs/asvs.md covers has its row, and each row says
// how it is met or why not.
func TestEveryRequirementOfTheStandardsHasItsRow(t *testing.T) {
	page := read(t, "docs/asvs.md")
	for heading, sections := range requirements {
		_, rest, found := strings.Cut(page, "\n"+heading)
		if !found {
			t.Errorf("no section %q", heading)
			continue
		}
		text := rest
		if i := regexp.MustCompile(`(?m)^##`).FindStringIndex(rest); i != nil {
			text = rest[:i[0]]
		}
		var names []string
		for _, row := range asvsRow.FindAllStringSubmatch(text, -1) {
			names = append(names, row[1])
			switch state, why := row[2], row[3]; {
			case !slices.Contains([]string{"met", "choice", "yours", "not applicable"}, state):
				t.Errorf("%s %s is %q", heading, row[1], state)
			case state == "met" && !strings.Contains(why, "`Test") && !strings.Contains(why, "storetest ") && !strings.Contains(why, ".ci/judges") && !strings.HasPrefix(why, "as "):
				t.Errorf("%s %s names no test: %s", heading, row[1], why)
			}
		}
		for section, n := range sections {
			for i := range n {
				if name := fmt.Sprintf("%s.%d", section, i+1); !slices.Contains(names, name) {
					t.Errorf("%s lacks %s", heading, name)
				}
			}
		}
	}
}

// preset is a row of the table for NIST SP 800-63B.
type preset struct {
	overall, inactivity, access, idle, most time.Duration
}

func presets(t *testing.T) map[string]preset {
	t.Helper()
	duration := func(text string) time.Duration {
		if text == "none" {
			return 0
		}
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	found := make(map[string]preset)
	row := regexp.MustCompile(`(?m)^\| (AAL[^|]+) \| (\w+) \| (\w+) \| (\w+) \| (\w+) \| (\w+) \|$`)
	for _, m := range row.FindAllStringSubmatch(read(t, "docs/asvs.md"), -1) {
		found[m[1]] = preset{duration(m[2]), duration(m[3]), duration(m[4]), duration(m[5]), duration(m[6])}
	}
	if len(found) != 4 {
		t.Fatalf("%d presets were read, want 4", len(found))
	}
	return found
}

// The settings of each row keep the limits of its level, for users who are active and for users
// who are not.
func TestThePresetsKeepTheLimitsOfTheirLevel(t *testing.T) {
	for level, p := range presets(t) {
		t.Run(level, func(t *testing.T) {
			if p.access >= p.idle || p.most > p.overall {
				t.Errorf("%+v", p)
			}
			activeUntilTheEnd(t, p)
			if p.inactivity > 0 {
				idleUserIsOut(t, p)
			}
		})
	}
}

func appOf(t *testing.T, p preset) *authtest.App {
	t.Helper()
	clock := authtest.NewClock()
	store := memstore.NewWith(memstore.Options{Now: clock.Now})
	return authtest.On(t, clock, store, func(c *ginauth.Config) {
		c.JWT.Timeout, c.SessionIdleTTL, c.SessionMaxTTL = p.access, p.idle, p.most
	})
}

// activeUntilTheEnd lets a user do something as rarely as the page promises to be enough.
func activeUntilTheEnd(t *testing.T, p preset) {
	t.Helper()
	app := appOf(t, p)
	tokens := app.Login("user1")
	begin, pause := app.Clock.Now(), p.idle-p.access-time.Second
	for app.Clock.Now().Add(pause).Before(begin.Add(p.most)) {
		app.Clock.Add(pause)
		if app.Get("/protected", tokens.AccessToken).Status == http.StatusUnauthorized {
			tokens = app.Refreshed(tokens.RefreshToken)
		}
		if reply := app.Get("/protected", tokens.AccessToken); reply.Status != http.StatusOK {
			t.Fatalf("an active user after %v: %s", app.Clock.Now().Sub(begin), reply)
		}
	}
	app.Clock.Add(begin.Add(p.overall).Sub(app.Clock.Now()))
	isOut(t, app, tokens)
}

// idleUserIsOut lets a user do a last thing as late as possible after a refresh.
func idleUserIsOut(t *testing.T, p preset) {
	t.Helper()
	for _, after := range []time.Duration{0, p.access - time.Second} {
		app := appOf(t, p)
		tokens := app.Refreshed(app.Login("user1").RefreshToken)
		app.Clock.Add(after)
		if reply := app.Get("/protected", tokens.AccessToken); reply.Status != http.StatusOK {
			t.Fatalf("after %v: %s", after, reply)
		}
		app.Clock.Add(p.inactivity)
		isOut(t, app, tokens)
	}
}

func isOut(t *testing.T, app *authtest.App, tokens ginauth.Tokens) {
	t.Helper()
	if reply := app.Get("/protected", tokens.AccessToken); reply.Status != http.StatusUnauthorized {
		t.Errorf("the access token: %d %s", reply.Status, reply)
	}
	if reply := app.Refresh(tokens.RefreshToken); reply.Status/100 != 4 {
		t.Errorf("the refresh token: %d %s", reply.Status, reply)
	}
}
