package api

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"rounds"
	"rounds/fieldwork/integrity"
)

// source visits every call and composite literal of the module's own code.
func source(t *testing.T, see func(path string, n ast.Node)) {
	t.Helper()
	files := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".gen.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files++
		ast.Inspect(file, func(n ast.Node) bool { see(path, n); return true })
		return nil
	})
	if err != nil || files < 30 {
		t.Fatalf("%d files: %v", files, err)
	}
}

// called is the name of a call's function and its arguments.
func called(n ast.Node) (string, []ast.Expr) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return "", nil
	}
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		return fun.Name, call.Args
	case *ast.SelectorExpr:
		return fun.Sel.Name, call.Args
	}
	return "", nil
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}

// named are the texts of a struct's fields of this name.
func named(n ast.Node, field string) (string, bool) {
	kv, ok := n.(*ast.KeyValueExpr)
	if !ok {
		return "", false
	}
	if key, ok := kv.Key.(*ast.Ident); !ok || key.Name != field {
		return "", false
	}
	return literal(kv.Value)
}

// sentences are the failures that the code can tell: the formats of rounds.Errorf, of rounds.Error and of store's refused.
func sentences(t *testing.T) map[string]bool {
	found := map[string]bool{}
	source(t, func(_ string, n ast.Node) {
		if name, args := called(n); name == "Errorf" && len(args) > 1 {
			if s, ok := literal(args[1]); ok {
				if _, first := literal(args[0]); !first { // fmt.Errorf has its format first
					found[s] = true
				}
			}
		}
		if s, ok := named(n, "Format"); ok {
			found[s] = true
		}
		if l, ok := n.(*ast.CompositeLit); ok {
			if kind, ok := l.Type.(*ast.Ident); ok && kind.Name == "refused" {
				if s, ok := literal(l.Elts[1]); ok {
					found[s] = true
				}
			}
		}
	})
	return found
}

func TestEverySentenceIsTranslated(t *testing.T) {
	t.Parallel()
	found := sentences(t)
	if len(found) < 40 {
		t.Fatalf("only %d sentences found", len(found))
	}
	for s := range found {
		if chineseTexts[s] == "" {
			t.Errorf("no Chinese for %q", s)
		}
	}
	for s := range chineseTexts {
		if !found[s] {
			t.Errorf("nobody says %q", s)
		}
	}
}

var verb = regexp.MustCompile(`%[a-z]`)

func TestTranslationsTakeTheSameArguments(t *testing.T) {
	t.Parallel()
	check := func(name, english, chinese string) {
		if e, c := verb.FindAllString(english, -1), verb.FindAllString(chinese, -1); !slices.Equal(e, c) {
			t.Errorf("%s takes %v in English and %v in Chinese", name, e, c)
		}
		if !strings.ContainsFunc(chinese, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s is not Chinese: %q", name, chinese)
		}
	}
	for e, c := range chineseTexts {
		check(e, e, c)
	}
	for code, texts := range fieldTexts {
		check(code, texts[0], texts[1])
	}
}

// fieldCodes are the codes of bad fields that the code names.
func fieldCodes(t *testing.T) map[string]bool {
	found := map[string]bool{}
	add := func(s string, ok bool) {
		if ok {
			found[s] = true
		}
	}
	source(t, func(path string, n ast.Node) {
		if strings.Contains(path, "roster") { // whose findings have texts of their own
			return
		}
		switch name, args := called(n); {
		case name == "With" && len(args) > 1, name == "problem" && len(args) > 1, name == "add" && len(args) > 1 && strings.Contains(path, "locate"):
			add(literal(args[1]))
		case name == "decodeInto" && len(args) == 4:
			s, ok := literal(args[3])
			add("not_"+s, ok)
		}
		if l, ok := n.(*ast.CompositeLit); ok && isField(l) {
			for _, e := range l.Elts {
				add(named(e, "Code"))
			}
		}
	})
	for _, code := range schemaCodes {
		found[code] = true
	}
	return found
}

// isField reports rounds.Field{…}, and the elements of a []rounds.Field.
func isField(l *ast.CompositeLit) bool {
	sel, ok := l.Type.(*ast.SelectorExpr)
	return l.Type == nil || (ok && sel.Sel.Name == "Field")
}

func TestEveryFieldCodeHasItsTexts(t *testing.T) {
	t.Parallel()
	found := fieldCodes(t)
	if len(found) < 30 {
		t.Fatalf("only %d codes found", len(found))
	}
	for code := range found {
		if _, ok := fieldTexts[code]; !ok {
			t.Errorf("no texts for the code %q", code)
		}
	}
}

func TestEverySignalSpeaksChinese(t *testing.T) {
	t.Parallel()
	for _, rule := range integrity.Rules() {
		if !slices.ContainsFunc([]rune(chineseSignals[rule.Says]), func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("no Chinese for %q", rule.Says)
		}
	}
	if len(chineseSignals) != len(integrity.Rules()) {
		t.Errorf("%d texts for %d rules", len(chineseSignals), len(integrity.Rules()))
	}
}

// Statuses that a sentence may name are words of it.
func TestEveryStatusSpeaksChinese(t *testing.T) {
	t.Parallel()
	spoken := []any{
		rounds.CutPlanning, rounds.CutProposed, rounds.CutFailed, rounds.CutCancelled, rounds.CutAccepted, rounds.CutDiscarded, rounds.CutRolledBack,
		rounds.JourneyPlanning, rounds.JourneyProposed, rounds.JourneyAccepted, rounds.JourneyDiscarded, rounds.JourneyCancelled,
		rounds.AuditCommitted, rounds.AuditValued, rounds.AuditDrawn, rounds.AuditDone, rounds.AuditCancelled, rounds.AuditLapsed,
		rounds.Proposed, rounds.ProposalAccepted, rounds.ProposalRefused, rounds.ProposalStale,
	}
	for i, said := range chinese.spoken(spoken) {
		if !slices.ContainsFunc([]rune(fmt.Sprint(said)), func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%v is %q", spoken[i], said)
		}
	}
	if got := english.spoken([]any{rounds.CutRolledBack, 7})[0]; got != "rolled back" {
		t.Errorf("%q", got)
	}
}
