package rounds_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// arch is which of our packages and which marked dependencies each package may import, in production code.
// A package that is not listed here fails the test, and so does an import that is not listed for it.
var arch = map[string][]string{
	"rounds":                   {"rounds/geo", "github.com/paulmach/orb", "github.com/google/uuid"},
	"rounds/geo":               {"github.com/paulmach/orb"},
	"rounds/geo/pins":          {"rounds/geo", "github.com/paulmach/orb"},
	"rounds/audit":             {},
	"rounds/audit/estimate":    {},
	"rounds/audit/favour":      {},
	"rounds/routing":           {},
	"rounds/routing/plane":     {},
	"rounds/routing/territory": {"rounds/routing/plane"},
	"rounds/roads":             {"rounds/geo", "rounds/routing", "github.com/paulmach/orb", "github.com/paulmach/osm"},
	"rounds/locate":            {"rounds/geo", "github.com/paulmach/orb", "golang.org/x/text"},
	"rounds/blobs":             {"rounds", "rounds/geo", "github.com/paulmach/orb"},
	"rounds/internal/bars":     {},
	"rounds/internal/browser":  {},
	"rounds/internal/lines":    {},
	"rounds/internal/cordeau":  {"rounds/internal/lines"},
	"rounds/internal/cpmp":     {"rounds/internal/lines"},
	"rounds/internal/tsplib":   {"rounds/internal/lines"},
	"rounds/internal/cputime":  {},
	"rounds/internal/towns":    {"rounds/routing/plane"},
	"rounds/internal/sheet":    {"github.com/xuri/excelize/v2", "golang.org/x/text"},
	"rounds/internal/localpg":  {"github.com/jackc/pgx/v5"},
	"rounds/internal/pgtest":   {"rounds/internal/localpg", "rounds/migrations", "github.com/jackc/pgx/v5", "go.uber.org/goleak"},
	"rounds/migrations":        {"github.com/jackc/pgx/v5", "github.com/jackc/tern/v2", "github.com/riverqueue/river"},
	"rounds/clocks":            {"rounds", "rounds/geo"},
	"rounds/calendar":          {"rounds"},
	"rounds/hours":             {"rounds"},
	"rounds/store": {
		"rounds", "rounds/clocks", "rounds/geo", "rounds/migrations",
		"github.com/jackc/pgx/v5", "github.com/google/uuid", "github.com/paulmach/orb", "github.com/riverqueue/river",
	},
	"rounds/fieldwork/eventjson": {"rounds", "rounds/geo", "github.com/paulmach/orb"},
	"rounds/fieldwork/evidence":  {"rounds/geo"},
	"rounds/fieldwork/forms":     {"rounds", "golang.org/x/text"},
	"rounds/fieldwork/integrity": {"rounds", "rounds/geo", "github.com/paulmach/orb"},
	"rounds/fieldwork/roster":    {"rounds/geo", "rounds/hours", "rounds/internal/sheet", "github.com/paulmach/orb", "golang.org/x/text"},
	"rounds/fieldwork/districting": {
		"rounds/geo", "rounds/routing", "rounds/routing/plane", "rounds/routing/territory", "rounds/internal/sheet", "github.com/paulmach/orb",
	},
	"rounds/fieldwork": {
		"rounds", "rounds/audit", "rounds/audit/estimate", "rounds/audit/favour", "rounds/blobs", "rounds/calendar", "rounds/clocks",
		"rounds/fieldwork/districting", "rounds/fieldwork/eventjson", "rounds/fieldwork/evidence", "rounds/fieldwork/forms", "rounds/fieldwork/integrity",
		"rounds/fieldwork/roster", "rounds/geo", "rounds/geo/pins", "rounds/hours", "rounds/locate",
		"rounds/roads", "rounds/routing", "rounds/routing/territory", "rounds/store", "rounds/internal/sheet",
		"github.com/paulmach/orb", "github.com/alexedwards/argon2id", "golang.org/x/text",
	},
	"rounds/api": {
		"rounds", "rounds/audit", "rounds/audit/estimate", "rounds/audit/favour", "rounds/geo", "rounds/fieldwork",
		"rounds/fieldwork/districting", "rounds/fieldwork/eventjson", "rounds/fieldwork/forms", "rounds/fieldwork/integrity", "rounds/fieldwork/roster",
		"rounds/hours", "rounds/store", "rounds/internal/sheet", "github.com/labstack/echo/v4", "github.com/labstack/echo-contrib",
		"github.com/prometheus/client_golang", "github.com/golang-jwt/jwt/v5", "github.com/getkin/kin-openapi",
		"github.com/oapi-codegen/runtime", "github.com/google/uuid", "github.com/paulmach/orb", "golang.org/x/text",
	},
	"rounds/cmd/rounds": {
		"rounds", "rounds/api", "rounds/audit", "rounds/blobs", "rounds/fieldwork", "rounds/fieldwork/districting", "rounds/fieldwork/roster", "rounds/geo",
		"rounds/locate", "rounds/roads", "rounds/routing", "rounds/routing/plane", "rounds/routing/territory", "rounds/store",
		"rounds/internal/cordeau", "rounds/internal/cpmp", "rounds/internal/lines", "rounds/internal/localpg", "rounds/internal/sheet",
		"rounds/internal/towns", "rounds/internal/tsplib", "github.com/alecthomas/kong", "github.com/prometheus/client_golang", "github.com/google/uuid",
		"github.com/paulmach/orb", "golang.org/x/term", "golang.org/x/text",
	},
}

// pure packages reach nothing that could make their answers differ from one run to the next: of the standard
// library no more than this, and of it neither the clock nor chance without a seed.
var pure = map[string][]string{
	"rounds/geo":      {"cmp", "errors", "fmt", "maps", "math", "slices", "strings", "time"},
	"rounds/geo/pins": {"cmp", "errors", "fmt", "math", "slices"},
	"rounds/audit": {
		"bytes", "cmp", "crypto/hmac", "crypto/sha256", "encoding/binary", "encoding/csv", "encoding/hex", "encoding/json", "errors", "fmt", "maps", "math/big",
		"math/bits", "slices", "strconv", "strings", "time", "unicode/utf8",
	},
	"rounds/audit/estimate":      {"fmt", "maps", "math", "slices"},
	"rounds/audit/favour":        {"cmp", "fmt", "maps", "slices"},
	"rounds/calendar":            {"cmp", "encoding/json", "fmt", "slices", "strconv", "strings", "time", "unicode/utf8"},
	"rounds/hours":               {"fmt", "math", "strconv", "strings", "time", "unicode"},
	"rounds/clocks":              {"cmp", "maps", "slices", "time"},
	"rounds/routing":             {"cmp", "context", "fmt", "math", "math/big", "math/bits", "math/rand/v2", "slices"},
	"rounds/routing/plane":       {"cmp", "fmt", "math", "math/big", "math/bits", "slices"},
	"rounds/routing/territory":   {"cmp", "context", "fmt", "maps", "math", "math/big", "math/bits", "math/rand/v2", "slices"},
	"rounds/fieldwork/integrity": {"bytes", "cmp", "math", "slices", "time"},
	"rounds/fieldwork/forms": {
		"bytes", "cmp", "encoding/hex", "encoding/json", "errors", "io", "maps", "math", "regexp", "slices", "strconv", "strings", "unicode",
		"unicode/utf8",
	},
}

var impure = regexp.MustCompile(`\btime\.(Now|Since|Until|After|Sleep|Tick)\b|\brand\.(N|Int|IntN|Float64|Perm|Shuffle|Uint64)\b`)

type listed struct {
	ImportPath string
	Imports    []string
}

func TestImports(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range packages(t) {
		seen[p.ImportPath] = true
		allowed, ok := arch[p.ImportPath]
		if !ok {
			t.Errorf("%s is not in the table: say what it may import", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			switch {
			case standard(imported) && pure[p.ImportPath] != nil && !slices.Contains(pure[p.ImportPath], imported):
				t.Errorf("%s is pure and must not import %s", p.ImportPath, imported)
			case !standard(imported) && !permitted(allowed, imported):
				t.Errorf("%s must not import %s", p.ImportPath, imported)
			}
		}
	}
	for path := range arch {
		if !seen[path] {
			t.Errorf("%s is in the table and does not exist", path)
		}
	}
}

func TestPurePackagesAskNoClockAndNoDice(t *testing.T) {
	t.Parallel()
	for path := range pure {
		files, err := filepath.Glob(strings.TrimPrefix(path, "rounds/") + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", path, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if found := impure.FindString(string(text)); found != "" && !strings.HasSuffix(file, "_test.go") {
				t.Errorf("%s calls %s", file, found)
			}
		}
	}
}

// Whoever asks where a phone is asks about an event that its rep sent. So one function asks, as a job, and one
// function makes such jobs, of new events; both are here.
var asking = regexp.MustCompile(`\.Locate\(|\bLocateJob\{`)

func TestQuestionsBeginInOnePlace(t *testing.T) {
	t.Parallel()
	var found []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "locate/") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range asking.FindAllString(string(text), -1) {
			found = append(found, path+" "+match)
		}
		return err
	})
	if want := []string{"fieldwork/lookups.go LocateJob{", "fieldwork/lookups.go .Locate("}; err != nil || !slices.Equal(found, want) {
		t.Errorf("%v, want %v, %v", found, want, err)
	}
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var found []listed
	d := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		found = append(found, p)
	}
}

// standard packages have no dot in their first element and are not ours.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return first != "rounds" && !strings.Contains(first, ".")
}

// permitted holds our own packages to their names, and others to their modules.
func permitted(allowed []string, imported string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		return imported == a || (!strings.HasPrefix(a, "rounds") && strings.HasPrefix(imported, a+"/"))
	})
}
