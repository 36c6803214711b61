package doctest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// These tests enforce the architecture: which package imports which, and how long files are.

const module = "github.com/ginauth/ginauth"

// goPackage holds the fields of go list that these tests use.
type goPackage struct {
	ImportPath                         string
	Standard                           bool
	Imports, TestImports, XTestImports []string
}

func goList(t *testing.T, arguments ...string) []goPackage {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Standard,Imports,TestImports,XTestImports"}, arguments...)...)
	command.Dir = root
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, stderr.String())
	}
	var packages []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// mayImport lists, for each package of the library, its allowed imports beside the standard
// library. A new package or import needs a decision first.
var mayImport = map[string][]string{
	"plugin": {
		"plugin/session", "plugin/keys", "plugin/internal/refusal", "plugin/internal/token", "plugin/internal/wire", "plugin/internal/watch",
		"github.com/gin-gonic/gin", "github.com/appleboy/gin-jwt/v2", "github.com/golang-jwt/jwt/v4",
	},
	"plugin/internal/refusal": {"github.com/appleboy/gin-jwt/v2"},
	"plugin/internal/token": {
		"plugin/session", "plugin/keys", "plugin/internal/strictjson", "plugin/internal/refusal",
		"github.com/appleboy/gin-jwt/v2", "github.com/golang-jwt/jwt/v4", "github.com/maypok86/otter/v2",
	},
	"plugin/internal/wire": {
		"plugin/session", "plugin/keys", "plugin/internal/strictjson", "plugin/internal/refusal",
		"github.com/gin-gonic/gin",
	},
	"plugin/internal/watch": {"plugin/session", "plugin/internal/refusal"},
	"plugin/session":        {},
	"plugin/memstore":       {"plugin/session"},
	"plugin/redisstore":     {"plugin/session", "plugin/internal/redisx", "github.com/redis/go-redis/v9", "github.com/redis/go-redis/v9/maintnotifications"},
	"plugin/mirror":         {"plugin/session"},
	"plugin/storetest":      {"plugin/session"},
	"plugin/keys":           {"github.com/golang-jwt/jwt/v4", "github.com/youmark/pkcs8"},
	"plugin/jwks":           {"plugin/keys", "github.com/MicahParks/jwkset"},
	"plugin/throttle":       {"plugin/internal/redisx", "github.com/redis/go-redis/v9"},
	"plugin/metrics":        {"plugin", "plugin/mirror", "github.com/prometheus/client_golang/prometheus", "github.com/prometheus/client_golang/prometheus/promhttp"},
	"plugin/tracing": {
		"plugin", "plugin/session",
		"go.opentelemetry.io/otel", "go.opentelemetry.io/otel/attribute", "go.opentelemetry.io/otel/codes", "go.opentelemetry.io/otel/trace",
	},
	"plugin/password":            {"golang.org/x/crypto/argon2"},
	"plugin/internal/strictjson": {},
	"plugin/internal/redisx":     {"github.com/redis/go-redis/v9", "github.com/redis/go-redis/v9/maintnotifications"},
	"plugin/cmd/ginauthctl":      {"plugin/session", "plugin/redisstore", "plugin/internal/token", "github.com/golang-jwt/jwt/v4", "github.com/redis/go-redis/v9"},
}

// rig reports whether a package is a test rig, which only tests may import.
func rig(path string) bool {
	return strings.HasPrefix(path, "plugin/internal/rig/")
}

func TestImportsPointOneWay(t *testing.T) {
	standard := map[string]bool{}
	for _, p := range goList(t, "-deps", "./plugin/...", "./sample/...") {
		standard[p.ImportPath] = p.Standard
	}
	seen := 0
	for _, p := range goList(t, "./...") {
		path := strings.TrimPrefix(p.ImportPath, module+"/")
		allowed, library := mayImport[path]
		if library {
			seen++
		} else if !rig(path) && !strings.HasPrefix(path, "sample") {
			t.Errorf("%s is in no room of the architecture", path)
		}
		for _, imported := range p.Imports {
			imported = strings.TrimPrefix(imported, module+"/")
			if library && !standard[imported] && !slices.Contains(allowed, imported) {
				t.Errorf("%s imports %s", path, imported)
			}
			if rig(imported) && !rig(path) {
				t.Errorf("%s imports %s outside its tests", path, imported)
			}
		}
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if imported = strings.TrimPrefix(imported, module+"/"); strings.HasPrefix(imported, "sample") && !strings.HasPrefix(path, "sample") {
				t.Errorf("%s imports %s: nobody imports the sample", path, imported)
			}
		}
	}
	if seen != len(mayImport) {
		t.Errorf("%d packages of the library were seen, and %d have rules", seen, len(mayImport))
	}
}

func TestFilesAreShort(t *testing.T) {
	for _, folder := range []string{"plugin", "sample"} {
		walk(t, folder, ".go", func(path string) {
			most := 350
			if filepath.Dir(path) == "plugin" {
				most = 250
			}
			if n := strings.Count(read(t, path), "\n"); n > most {
				t.Errorf("%s has %d lines, at most %d are readable", path, n, most)
			}
		})
	}
}
