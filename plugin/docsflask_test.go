package ginauth_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	jwt "github.com/appleboy/gin-jwt/v2"
)

const flaskPage = "docs/coming-from-flask-jwt-extended.md"

var (
	flaskRow  = regexp.MustCompile(`(?m)^\| T(\d+) \| ([^|]+) \| ([^|]+) \| (\w+) \|$`)
	code      = regexp.MustCompile("`([^`]+)`")
	goName    = regexp.MustCompile(`^(?:\w+\.)*([A-Z][a-z]\w*)(?:\(.*\))?$`)
	flaskName = regexp.MustCompile("`(JWT_[A-Z_]+)`")
)

// Rows T1 to T104 exist, once each and in order. A row that says equal or better names a test,
// an example or an identifier; a row that says no gives a reason. Every name that looks like
// an identifier exists.
func TestTheFlaskTableIsCompleteAndNamesWhatExists(t *testing.T) {
	names := exported(t)
	page := read(t, flaskPage)
	rows := flaskRow.FindAllStringSubmatch(page, -1)
	if len(rows) != 104 {
		t.Errorf("%d rows", len(rows))
	}
	for i, row := range rows {
		id, here, verdict := "T"+row[1], row[3], row[4]
		if id != fmt.Sprint("T", i+1) {
			t.Fatalf("%s stands in the place of T%d", id, i+1)
		}
		known := 0
		for _, match := range code.FindAllStringSubmatch(here, -1) {
			if name := goName.FindStringSubmatch(match[1]); name != nil {
				if known++; !names[name[1]] {
					t.Errorf("%s: %s is no name of the API", id, match[1])
				}
			}
		}
		reason := strings.HasPrefix(here, "no: ") || strings.HasPrefix(here, "no value; ") || strings.HasPrefix(here, "the same as T7")
		switch verdict {
		case "equal", "better":
			if known == 0 && !strings.HasPrefix(here, "`Issuer`") || reason {
				t.Errorf("%s is %s by nothing that can be looked up: %s", id, verdict, here)
			}
		case "no":
			if !reason {
				t.Errorf("%s gives no reason: %s", id, here)
			}
		default:
			t.Errorf("%s is %q", id, verdict)
		}
	}
	// The functions are mapped to existing names too.
	_, functions, _ := strings.Cut(page, "## Functions")
	functions, _, _ = strings.Cut(functions, "## Replies")
	for line := range strings.Lines(functions) {
		cells := strings.Split(line, " | ")
		if len(cells) < 3 {
			continue
		}
		for _, match := range code.FindAllStringSubmatch(strings.ReplaceAll(cells[len(cells)-2], "ginauth.", ""), -1) {
			if name := goName.FindStringSubmatch(match[1]); name != nil && !names[name[1]] {
				t.Errorf("%s is no name of the API: %s", match[1], line)
			}
		}
	}
}

// exported returns every exported name of the library, its tests and examples, and of
// gin-jwt's struct, plus the few names of other packages that the page uses.
func exported(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{
		"ExtractClaims": true, "GetString": true, "Get": true, // gin-jwt's and gin's
		"Authorization": true, "Bearer": true, "Origin": true, // words of HTTP
		"MarshalJSON": true, "Is": true, "CrossOriginProtection": true, "ParseUnverified": true,
	}
	for _, folder := range []string{"plugin", "sample"} {
		walk(t, folder, ".go", func(path string) {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncDecl:
					names[n.Name.Name] = true
				case *ast.TypeSpec:
					names[n.Name.Name] = true
				case *ast.ValueSpec:
					for _, name := range n.Names {
						names[name.Name] = true
					}
				case *ast.Field:
					for _, name := range n.Names {
						names[name.Name] = true
					}
				}
				return true
			})
		})
	}
	for field := range reflect.TypeFor[jwt.GinJWTMiddleware]().Fields() {
		names[field.Name] = true
	}
	return names
}

// flaskSettings are the settings of Flask-JWT-Extended 4.7.1. The page maps each of them.
var flaskSettings = strings.Fields(`
	JWT_ACCESS_TOKEN_EXPIRES JWT_REFRESH_TOKEN_EXPIRES JWT_ALGORITHM JWT_DECODE_ALGORITHMS JWT_SECRET_KEY
	JWT_PRIVATE_KEY JWT_PUBLIC_KEY JWT_ENCODE_AUDIENCE JWT_DECODE_AUDIENCE JWT_ENCODE_ISSUER JWT_DECODE_ISSUER
	JWT_DECODE_LEEWAY JWT_ENCODE_NBF JWT_VERIFY_SUB JWT_IDENTITY_CLAIM JWT_ERROR_MESSAGE_KEY JWT_TOKEN_LOCATION
	JWT_HEADER_NAME JWT_HEADER_TYPE JWT_QUERY_STRING_NAME JWT_QUERY_STRING_VALUE_PREFIX JWT_JSON_KEY
	JWT_REFRESH_JSON_KEY JWT_ACCESS_COOKIE_NAME JWT_REFRESH_COOKIE_NAME JWT_ACCESS_COOKIE_PATH
	JWT_REFRESH_COOKIE_PATH JWT_COOKIE_DOMAIN JWT_COOKIE_SAMESITE JWT_COOKIE_SECURE JWT_SESSION_COOKIE
	JWT_COOKIE_CSRF_PROTECT JWT_CSRF_METHODS JWT_CSRF_IN_COOKIES JWT_CSRF_CHECK_FORM JWT_ACCESS_CSRF_COOKIE_NAME
	JWT_REFRESH_CSRF_COOKIE_NAME JWT_ACCESS_CSRF_COOKIE_PATH JWT_REFRESH_CSRF_COOKIE_PATH
	JWT_ACCESS_CSRF_HEADER_NAME JWT_REFRESH_CSRF_HEADER_NAME JWT_ACCESS_CSRF_FIELD_NAME JWT_REFRESH_CSRF_FIELD_NAME`)

func TestEveryFlaskSettingIsMapped(t *testing.T) {
	_, settings, _ := strings.Cut(read(t, flaskPage), "## Settings")
	settings, _, _ = strings.Cut(settings, "## Replies")
	mapped := listed(settings, flaskName)
	for _, name := range flaskSettings {
		if !mapped[name] {
			t.Errorf("%s is not mapped", name)
		}
		delete(mapped, name)
	}
	for name := range mapped {
		t.Errorf("%s is no setting of Flask-JWT-Extended", name)
	}
}

// Every line that the page quotes from the program is in the program.
func TestTheFlaskTutorialIsComparedWithTheProgramThatIsThere(t *testing.T) {
	program := flat(read(t, "sample/examples/flask-tutorial/main.go"))
	_, table, _ := strings.Cut(read(t, flaskPage), "| the tutorial's app | here |\n| --- | --- |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	lines := 0
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		here := strings.TrimSpace(cells[len(cells)-1])
		if strings.HasPrefix(here, "nothing: ") {
			continue
		}
		lines++
		if !inTree([]string{program}, strings.Trim(here, "`")+"\n") {
			t.Errorf("the program has no line %s", here)
		}
	}
	if lines < 10 {
		t.Errorf("only %d lines are compared", lines)
	}
}
