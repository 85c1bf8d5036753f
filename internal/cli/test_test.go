package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/cli"
	"github.com/segue-cs/segue/internal/pipeline"
)

const strategyOfTests = `
currency: USD
metrics: {arr: {title: ARR, from: contract, sum: arr, where: in_force}}
dimensions: {value: {of: arr, levels: {high: 100, low: 0}}}
`

const goldenCustomers = `tests:
  levels:
    as_of: 2026-01-31
    customers:
      rich: {metrics: {arr: 100}, expect: {value: high}}
      poor: {metrics: {arr: 60}, expect: {value: high}}
      new: {facts: {contract: [{starts: 2026-01-31, arr: many}]}, expect: {value: low}}
`

func TestTestCommand(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		file  string // with tests; "" is none
		args  []string
		code  int
		out   []string // parts of what is written
		never string
		err   string
	}{
		{"customers that are elsewhere", goldenCustomers, nil, 1, []string{
			"ok    levels/rich\n",
			"FAIL  levels/poor\n      x.test.yaml:6:50: value is low, want high\n          ARR $60",
			"FAIL  levels/new\n      x.test.yaml:7:58: the contract row is no fact\n          arr: \"many\" is not a number\n",
			"1 test, 3 customers: 1 passed, 2 failed",
		}, "", "segue: 2 golden customers of 3 not where expected\n"},
		{"the customers that are named", goldenCustomers, []string{"levels/rich"}, 0, []string{"ok    levels/rich\n"}, "FAIL", ""},
		{"names that are none", goldenCustomers, []string{"level"}, 1, nil, "ok", `segue: no test is called "level" (did you mean "levels"?)` + "\n"},
		{"a project without tests", "", nil, 1, []string{"There are no tests", "expect: {arr: 150000}"}, "", "segue: there is nothing to test\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out, errOut bytes.Buffer
			code := cli.Main(append([]string{"-C", projectOfTests(t, tt.file), "test"}, tt.args...), nil, &out, &errOut)
			if code != tt.code || errOut.String() != tt.err {
				t.Errorf("got %d with %q, want %d with %q", code, errOut.String(), tt.code, tt.err)
			}
			for _, part := range tt.out {
				if !strings.Contains(out.String(), part) {
					t.Errorf("got\n%s\nwant it to contain\n%s", out.String(), part)
				}
			}
			if tt.never != "" && strings.Contains(out.String(), tt.never) {
				t.Errorf("got %q in\n%s", tt.never, out.String())
			}
		})
	}
}

func TestTestCommandAsJSON(t *testing.T) {
	t.Parallel()
	var out, errOut bytes.Buffer
	code := cli.Main([]string{"-C", projectOfTests(t, goldenCustomers), "test", "--json", "levels/poor"}, nil, &out, &errOut)
	var report struct {
		Failed int
		Tests  []struct{ Customers []pipeline.TestedCustomer }
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil || code != 1 || report.Failed != 1 {
		t.Fatalf("got %d and %v from\n%s", code, err, out.String())
	}
	got := report.Tests[0].Customers[0].Failures[0]
	if got.Name != "value" || got.Want != "high" || got.Got != "low" || got.At.Line != 6 {
		t.Errorf("got %+v", got)
	}
}

// The how-to that is shown without tests is itself a test that passes.
func TestTestCommandTeaches(t *testing.T) {
	t.Parallel()
	var out, errOut bytes.Buffer
	cli.Main([]string{"-C", projectOfTests(t, ""), "test"}, nil, &out, &errOut)
	_, example, _ := strings.Cut(out.String(), "\n\n")
	out.Reset()
	if code := cli.Main([]string{"-C", projectOfTests(t, example), "test"}, nil, &out, &errOut); code != 0 {
		t.Errorf("got %d and\n%s%s", code, out.String(), errOut.String())
	}
}

// projectOfTests is a project with a file of tests; "" is none.
func projectOfTests(t *testing.T, tests string) string {
	t.Helper()
	folder := t.TempDir()
	files := map[string]string{"strategy.yaml": strategyOfTests}
	if tests != "" {
		files["x.test.yaml"] = tests
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}
