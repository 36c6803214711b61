package main_test

import (
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestDemoPageIsServedWithAStrictPolicy(t *testing.T) {
	t.Parallel()
	n := start(t)
	page := n.ok(t, get("/", ""))
	if got := page.header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("type %s", got)
	}
	policy := page.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("no %s in %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || strings.Contains(policy, "*") {
		t.Errorf("policy %s", policy)
	}
	for _, inline := range []string{`<script>`, `style="`, ` onclick`, `javascript:`} {
		if strings.Contains(page.raw, inline) {
			t.Errorf("the page has %s", inline)
		}
	}
	head := n.ok(t, request{Method: "HEAD", Path: "/"})
	if head.raw != "" || head.header.Get("Content-Length") != page.header.Get("Content-Length") {
		t.Errorf("HEAD: %d bytes, length %s", len(head.raw), head.header.Get("Content-Length"))
	}
	n.refused(t, post("/", ""), http.StatusMethodNotAllowed, "method_not_allowed")
}

func TestDemoPageKnowsHowTokensTravel(t *testing.T) {
	t.Parallel()
	for want, env := range map[string][]string{"header": nil, "cookie": {"COOKIES=true"}} {
		if got := start(t, env...).ok(t, get("/", "")).raw; !strings.Contains(got, `data-mode="`+want+`"`) {
			t.Errorf("no %s mode in the page", want)
		}
	}
}

func TestAssetsAreTheFilesOfThePageAlone(t *testing.T) {
	t.Parallel()
	n := start(t)
	for name, contentType := range map[string]string{
		"ginauth-client.js": "text/javascript; charset=utf-8", "style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml",
	} {
		got := n.ok(t, get("/assets/"+name, ""))
		if got.header.Get("Content-Type") != contentType || got.header.Get("X-Content-Type-Options") != "nosniff" || got.raw == "" {
			t.Errorf("%s: %v", name, got.header)
		}
	}
	for _, name := range []string{"index.html", "none.js", "..", "..%2fweb.go", "%2e%2e%2fmain.js", ""} {
		n.refused(t, get("/assets/"+name, ""), http.StatusNotFound, "not_found")
	}
}

func TestDemoPageNamesNoOtherServer(t *testing.T) {
	t.Parallel()
	elsewhere := regexp.MustCompile(`https?://[a-z0-9.]+`)
	files := 0
	web := os.DirFS("web")
	err := fs.WalkDir(web, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		text, err := fs.ReadFile(web, path)
		for _, found := range elsewhere.FindAllString(string(text), -1) {
			if found != "http://www.w3.org" { // this is the XML namespace of SVG, which no browser fetches
				t.Errorf("%s names %s", path, found)
			}
		}
		return err
	})
	if err != nil || files < 10 {
		t.Fatal(files, err)
	}
}

func TestNodesTellTheirNamesIfTheyHaveOne(t *testing.T) {
	t.Parallel()
	for name, env := range map[string][]string{"": nil, "node-a": {"NODE_NAME=node-a"}} {
		n := start(t, env...)
		for _, path := range []string{"/healthz", "/protected", "/nowhere"} {
			if got := n.do(t, get(path, "")).header.Get("X-Served-By"); got != name {
				t.Errorf("%s says %q, want %q", path, got, name)
			}
		}
	}
}
