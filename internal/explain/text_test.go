package explain_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/rule"
)

var rewrite = flag.Bool("rewrite", false, "write the answers that come out into the files under testdata")

// TestText compares explanations with those in testdata/acme.txt.
func TestText(t *testing.T) {
	t.Parallel()
	s := load(t, acme)
	path := filepath.Join("testdata", "acme.txt")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for line := range strings.SplitSeq(strings.TrimSuffix(string(data), "\n"), "\n") {
		if strings.HasPrefix(line, "\t") {
			continue
		}
		got.WriteString(line + "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, c := asked(t, line)
		e, err := explain.Explain(s, c, name)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if err := e.Text(&text, explain.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		for answer := range strings.SplitSeq(strings.TrimSuffix(text.String(), "\n"), "\n") {
			if n := len([]rune(answer)); n > 100 {
				t.Errorf("%s: a line of %d characters: %s", line, n, answer)
			}
			got.WriteString("\t" + answer + "\n")
		}
	}
	if *rewrite {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(got.String(), string(data)); diff != "" {
		t.Errorf("explanations (-got +want):\n%s", diff)
	}
}

// asked reads a line such as "coverage arr=5000 nps=unknown was=diamond"; a "?"
// after the place means that it was provisional.
func asked(t *testing.T, line string) (segmentation string, c explain.Customer) {
	t.Helper()
	fields := strings.Fields(line)
	c = acmeLtd()
	for _, f := range fields[1:] {
		name, text, _ := strings.Cut(f, "=")
		switch bound, isBound := strings.CutPrefix(text, ">"); {
		case name == "was":
			c.Previous[fields[0]], c.Unsettled[fields[0]] = strings.CutSuffix(text, "?")
		case text == "unknown":
			set(&c, name, rule.Unknown())
			delete(c.Evidence, name)
		case text == "stale":
			ev := c.Evidence[name]
			ev.Reason, ev.Last = "the "+ev.Sources[0]+" feed ended 2026-01-03", c.Metrics[name]
			c.Evidence[name] = ev
			set(&c, name, rule.Unknown())
		case isBound:
			set(&c, name, rule.AtLeast(parse(t, bound)))
		case name == "industry":
			set(&c, name, rule.Text(text))
		default:
			set(&c, name, rule.Number(parse(t, text)))
		}
	}
	return fields[0], c
}

func parse(t *testing.T, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestWrongSegmentation checks that there is no explanation where there is no
// place.
func TestWrongSegmentation(t *testing.T) {
	t.Parallel()
	s := load(t, acme)
	person := acmeLtd()
	person.Grain = customer.Grain{Level: customer.ByContact}
	for _, tt := range []struct {
		name         string
		c            explain.Customer
		segmentation string
	}{
		{"a segmentation that does not exist", acmeLtd(), "tiers"},
		{"a segmentation that counts customers otherwise", person, "coverage"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := explain.Explain(s, tt.c, tt.segmentation); !errors.Is(err, explain.ErrNoSegmentation) {
				t.Errorf("got %v, want %v", err, explain.ErrNoSegmentation)
			}
		})
	}
}

// TestColor checks that colour changes nothing but colour.
func TestColor(t *testing.T) {
	t.Parallel()
	s := load(t, acme)
	e, err := explain.Explain(s, acmeLtd(), "motion")
	if err != nil {
		t.Fatal(err)
	}
	var plain, painted strings.Builder
	if err := errors.Join(e.Text(&plain, explain.TextOptions{}), e.Text(&painted, explain.TextOptions{Color: true})); err != nil {
		t.Fatal(err)
	}
	bare := painted.String()
	for _, code := range []string{"0", "1", "2", "31", "32", "33"} {
		bare = strings.ReplaceAll(bare, fmt.Sprintf("\x1b[%sm", code), "")
	}
	if diff := cmp.Diff(bare, plain.String()); diff != "" || bare == painted.String() {
		t.Errorf("painted text without its colours (-got +want):\n%s", diff)
	}
}
