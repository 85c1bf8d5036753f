package spec_test

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/spec"
)

// read loads one file, which must have no error.
func read(t *testing.T, content string) *spec.Strategy {
	t.Helper()
	s, found := spec.Load(fstest.MapFS{"x.yaml": {Data: []byte("currency: USD\n" + content)}})
	if s == nil {
		t.Fatal(found.Err())
	}
	return s
}

func TestTwentyMistakesAreFoundAtOnce(t *testing.T) {
	t.Parallel()
	folder := os.DirFS("testdata/twenty")
	var want []string
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := folder.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		for n := 1; lines.Scan(); n++ {
			if strings.HasSuffix(lines.Text(), "# mistake") {
				want = append(want, fmt.Sprintf("%s:%d", name, n))
			}
		}
		return lines.Err()
	})
	if err != nil || len(want) != 20 {
		t.Fatalf("%d lines are marked, want 20 (%v)", len(want), err)
	}
	s, found := spec.Load(folder)
	if s != nil {
		t.Error("a strategy with mistakes was loaded")
	}
	var got []string
	for _, d := range found {
		got = append(got, fmt.Sprintf("%s:%d", d.File, d.Line))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("places of findings (-want +got):\n%s\n%v", diff, found.Err())
	}
}

func TestLoadMergesFiles(t *testing.T) {
	t.Parallel()
	s, found := spec.Load(fstest.MapFS{
		"b/metrics.yml":       {Data: []byte("metrics:\n  b: {is: 'a + 1'}\n")},
		"a.yaml":              {Data: []byte("currency: eur\nmetrics:\n  c: {is: 'b + 1'}\n")},
		"c.yaml":              {Data: []byte("# nothing yet\n")},
		"d.yaml":              {Data: []byte("metrics:\n  a: {from: event, count: true}\ndimensions:\n")},
		".hidden/x.yaml":      {Data: []byte("not: [read")},
		".x.yaml":             {Data: []byte("not: [read")},
		"exports/readme.txt":  {Data: []byte("not: [read")},
		"golden/one.test.yml": {Data: []byte("tests:\n  t: {as_of: 2026-01-31, customers: {x: {metrics: {a: 1}, expect: {c: 3}}}}\n")},
	})
	if s == nil {
		t.Fatal(found.Err())
	}
	var names []string
	for _, m := range s.Metrics {
		names = append(names, m.Name)
	}
	if diff := cmp.Diff([]string{"c", "b", "a"}, names); diff != "" {
		t.Errorf("metrics in the order of the files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, s.Order()); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if s.Currency != "EUR" || s.LateRenewalGrace != 60 || s.Hierarchy != "main" || s.FiscalStart != "01-01" {
		t.Errorf("got %q, %d, %q, %q as defaults", s.Currency, s.LateRenewalGrace, s.Hierarchy, s.FiscalStart)
	}
	if len(s.Tests) != 1 || s.Tests[0].Customers[0].Expect[0].Value.Number() != 3 {
		t.Errorf("got tests %+v", s.Tests)
	}
}

func TestLoadAcrossFiles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		files fstest.MapFS
		want  []string
	}{
		{"a folder without files", fstest.MapFS{}, []string{
			"there is no .yaml file here (write strategy.yaml, or begin with segue demo) [no_strategy]",
		}},
		{"one name in two files", fstest.MapFS{
			"a.yaml": {Data: []byte("currency: USD\nmetrics: {x: {is: '1'}}\n")},
			"b.yaml": {Data: []byte("metrics: {x: {is: '2'}}\ncurrency: USD\n")},
		}, []string{
			`b.yaml:1:11: metric "x" is already defined in a.yaml, on line 2 [duplicate_name]`,
			`b.yaml:2:1: "currency" is already said in a.yaml, on line 1 [duplicate_key]`,
		}},
		{"several strategies", fstest.MapFS{
			"here/strategy.yaml":  {Data: []byte("name: here\ncurrency: USD\nmetrics: {x: {is: '1'}}\n")},
			"there/strategy.yaml": {Data: []byte("name: there\ncurrency: EUR\nmetrics: {x: {is: '2', titel: X}}\n")},
		}, []string{
			"there are 2 strategies here: in here, there (go into one of them, or name it with --project) [several_strategies]",
		}},
		{"names that a broken file may define", fstest.MapFS{
			"a.yaml": {Data: []byte("currency: USD\nmetrics: {x: {is: 'y + 1', titel: X}}\n")},
			"b.yaml": {Data: []byte("metrics: {y: {is: '2'}\n")},
		}, []string{
			`a.yaml:2:28: unknown key "titel" in metric "x" (did you mean "title"?) [unknown_key]`,
			"b.yaml:1:10: not YAML: could not find flow mapping end token '}' (check the indentation, and that texts with : or # stand in quotes) [not_yaml]",
		}},
		{"bytes that are not text", fstest.MapFS{
			"a.yaml": {Data: []byte("currency: USD\ntitle: \xff\n")},
		}, []string{"a.yaml:2: the file is not UTF-8 text (save it as UTF-8) [not_utf8]"}},
		{"more keys than any file has", fstest.MapFS{
			"a.yaml": {Data: []byte(strings.Repeat("a: 1\n", 10_001))},
		}, []string{"a.yaml:10001:2: the file has more than 10000 keys (split the file) [too_many_values]"}},
		{"a file too large", fstest.MapFS{
			"a.yaml": {Data: []byte("title: " + strings.Repeat("x", 1<<20))},
		}, []string{"a.yaml: the file has 1048583 bytes, more than 524288 (split it) [file_too_large]"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, found := spec.Load(tt.files)
			var got []string
			for _, d := range found {
				got = append(got, d.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || s != nil {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMetricTypes(t *testing.T) {
	t.Parallel()
	s := read(t, `
metrics:
  arr: {from: contract, sum: arr, where: in_force}
  seats: {from: contract, sum: seats, where: in_force}
  users: {unit: people, from: event, count_distinct: contact, over: 4w}
  calls: {from: activity, count: true, where: 'kind == "call"'}
  care: {from: activity, avg: minutes}
  busy: {from: event, active_days: true}
  quiet: {from: event, since: true}
  renewal: {from: contract, min: ends, where: in_force}
  need: {from: response, last: subject, where: 'kind == "need"'}
  valid: {from: response, first: validated}
  asked: {from: response, last: kind}
  share: {unit: ratio, is: 'users / seats'}
  by_seat: {is: 'arr / 12'}
  due: {is: 'days_between(as_of, renewal)'}
  late: {is: 'renewal < as_of'}
  rank: {rank: arr}
`)
	tests := []struct {
		name string
		typ  rule.Type
		unit rule.Unit
	}{
		{"arr", rule.TypeNumber, "money"},
		{"seats", rule.TypeNumber, "seats"},
		{"users", rule.TypeNumber, "people"},
		{"calls", rule.TypeNumber, "count"},
		{"care", rule.TypeNumber, "minutes"},
		{"busy", rule.TypeNumber, "days"},
		{"quiet", rule.TypeNumber, "days"},
		{"renewal", rule.TypeTime, ""},
		{"need", rule.TypeText, ""},
		{"valid", rule.TypeBool, ""},
		{"asked", rule.TypeText, ""},
		{"share", rule.TypeNumber, "ratio"},
		{"by_seat", rule.TypeNumber, "money"},
		{"due", rule.TypeNumber, "days"},
		{"late", rule.TypeBool, ""},
		{"rank", rule.TypeNumber, "ratio"},
	}
	for _, tt := range tests {
		got, ok := s.Metric(tt.name)
		if !ok || got.Type != tt.typ || got.Unit != tt.unit {
			t.Errorf("%s: got %v in %q, want %v in %q", tt.name, got.Type, got.Unit, tt.typ, tt.unit)
		}
	}
	if users, _ := s.Metric("users"); users.Over != 28 || users.Aggregate != metric.CountDistinct || users.Column != "contact" {
		t.Errorf("got %+v", users)
	}
	if s.RevenueMetric != "arr" {
		t.Errorf("got revenue metric %q, want arr", s.RevenueMetric)
	}
}

func TestLevels(t *testing.T) {
	t.Parallel()
	s := read(t, `
metrics:
  arr: {from: contract, sum: arr, where: in_force}
dimensions:
  value: {of: arr, levels: {high: 100000, medium: {bound: 2e4, title: Mid}, low: 5}}
  potential: {of: arr, bound: above, levels: {high: p80, medium: p37.5, low: p0}}
  holders: {of: arr, levels: {core: {cumulative: 80%}, tail: {cumulative: 1}}}
  worth: {points: [{when: 'arr > 0', points: 1.5}], levels: {some: 1, none_yet: -1}}
`)
	tests := []struct {
		name string
		want []dimension.Level
		all  []string
	}{
		{"value", []dimension.Level{
			{Name: "high", Bound: 100000},
			{Name: "medium", Title: "Mid", Bound: 20000},
			{Name: "low", Cut: dimension.Lowest, Bound: 5},
		}, []string{"high", "medium", "low"}},
		{"potential", []dimension.Level{
			{Name: "high", Cut: dimension.Percentile, Bound: 0.8},
			{Name: "medium", Cut: dimension.Percentile, Bound: 0.375},
			{Name: "low", Cut: dimension.Lowest},
		}, []string{"high", "medium", "low", "none"}},
		{"holders", []dimension.Level{
			{Name: "core", Cut: dimension.Cumulative, Bound: 0.8},
			{Name: "tail", Cut: dimension.Cumulative, Bound: 1},
		}, []string{"core", "tail", "none"}},
		{"worth", []dimension.Level{
			{Name: "some", Bound: 1},
			{Name: "none_yet", Cut: dimension.Lowest, Bound: -1},
		}, []string{"some", "none_yet"}},
	}
	for _, tt := range tests {
		d, _ := s.Dimension(tt.name)
		for i := range d.Levels {
			if d.Levels[i].Pos.Line == 0 {
				t.Errorf("%s: level %d has no place", tt.name, i)
			}
			d.Levels[i].Pos = tt.want[0].Pos
		}
		if diff := cmp.Diff(tt.want, d.Levels); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.all, d.LevelNames()); diff != "" {
			t.Errorf("names of %s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestHold(t *testing.T) {
	t.Parallel()
	s := read(t, `
metrics:
  arr: {from: contract, sum: arr, where: in_force}
dimensions:
  value:
    of: arr
    levels: {high: 100000, low: 0}
    hold:
      up: {confirm: 0d}
      down: {margin: 10%, confirm: 30d, dwell: 4w}
      review: quarterly
      grace: 90d
      freeze: {from: 12-15, to: 01-05}
segmentations:
  coverage:
    customer: {entity: department}
    ordered: true
    on_unknown: no
    hold: {up: {margin: 2.5}}
    segments: {top: {when: 'value == "high"', touch: high, was: best}, rest: 'true'}
`)
	value, _ := s.Dimension("value")
	got := value.Hold
	got.Pos.File, got.Pos.Line, got.Pos.Column = "", 0, 0
	want := dimension.Hold{
		Down:       dimension.Wait{Margin: 0.1, MarginShare: true, ConfirmDays: 30, DwellDays: 28},
		Review:     "quarterly",
		GraceDays:  90,
		FreezeFrom: "12-15",
		FreezeTo:   "01-05",
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	coverage, _ := s.Segmentation("coverage")
	if coverage.Grain != (customer.Grain{Level: customer.ByEntity, Entity: "department"}) || coverage.OnUnknown != segmentation.AsNo ||
		coverage.Hold.Up.Margin != 2.5 || coverage.Segments[0].Was != "best" || coverage.Segments[1].When.Source() != "true" {
		t.Errorf("got %+v", coverage)
	}
}
