package spec_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/spec"
)

func TestSources(t *testing.T) {
	t.Parallel()
	s := read(t, `
traits: {tier: text}
sources:
  crm: {files: a.csv, fact: account, columns: {account: id, tier: t}}
  erp: {files: b.csv, fact: account, ids: erp, keys: {tax: vat}, columns: {account: {from: id}, annual_revenue: rev}}
  lines:
    files: [c.csv, d.csv]
    fact: contract
    fresh_within: never
    covers: {from: 2024-01-01}
    columns:
      id: n
      account: a
      starts: {dates: d/m/Y}
      arr: {product: [q, p], currency: gbp, minor: true}
      product: {value: Core}
`)
	var rows []fact.RowMode
	for _, m := range s.Sources {
		rows = append(rows, m.Rows)
	}
	if diff := cmp.Diff([]fact.RowMode{fact.Patch, fact.Patch, fact.Append}, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if erp := s.Sources[1]; erp.Keys["tax"] != "vat" || erp.Ids != "erp" || erp.Columns[1].Currency != "" {
		t.Errorf("got %+v", erp)
	}
	lines := s.Sources[2]
	if lines.Fresh == nil || *lines.Fresh != 0 || lines.CoversFrom != "2024-01-01" || len(lines.Files) != 2 {
		t.Errorf("got %+v", lines)
	}
	for i := range lines.Columns {
		lines.Columns[i].Pos = fact.Binding{}.Pos
	}
	core := "Core"
	want := []fact.Binding{
		{To: "id", From: "n"},
		{To: "account", From: "a"},
		{To: "starts", From: "starts", Layout: "d/m/Y"},
		{To: "arr", Product: []string{"q", "p"}, Currency: "GBP", Minor: true},
		{To: "product", Constant: &core},
	}
	if diff := cmp.Diff(want, lines.Columns); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
}

func TestTermKindsHaveTheirDays(t *testing.T) {
	t.Parallel()
	s := read(t, `
facts:
  lease: {timing: term, columns: {account: account, rent: money}}
`)
	lease, ok := s.Kind("lease")
	if !ok || lease.Coverage != fact.Sparse || len(lease.Columns) != 4 {
		t.Fatalf("got %+v", lease)
	}
	starts, _ := lease.Column(fact.ColStarts)
	ends, _ := lease.Column(fact.ColEnds)
	if !starts.Required || starts.Type != fact.Date || !ends.Open || ends.Type != fact.Date {
		t.Errorf("got %+v and %+v", starts, ends)
	}
	if got := s.Kinds[len(s.Kinds)-1].Name; got != "lease" {
		t.Errorf("the last kind is %q, want the strategy's own", got)
	}
}

func TestHash(t *testing.T) {
	t.Parallel()
	const first = `
metrics:
  arr: {from: contract, sum: arr, where: in_force}
  seats: {from: contract, sum: seats, where: 'in_force && product == "Core"'}
dimensions:
  value: {of: arr, levels: {high: 100, low: 0}}
segmentations:
  coverage: {segments: {top: 'value == "high"', rest: 'true'}}
`
	const metricsSwapped = `
  seats: {from: contract, sum: seats, where: 'in_force && product == "Core"'}
  arr: {from: contract, sum: arr, where: in_force}
dimensions:
  value: {of: arr, levels: {high: 100, low: 0}}
segmentations:
  coverage: {segments: {top: 'value == "high"', rest: 'true'}}
`
	tests := []struct {
		name     string
		from, to string
		same     bool
	}{
		{"another title", "of: arr", "of: arr, title: Worth", true},
		{"another layout", `'in_force && product == "Core"'`, `'(in_force)   &&   (product=="Core")'`, true},
		{"the order of metrics", first[len("\nmetrics:\n"):], metricsSwapped, true},
		{"the documented lowest bound", "low: 0", "low: -5", true},
		{"a bound", "high: 100", "high: 101", false},
		{"a text within a condition", `"Core"`, `"core"`, false},
		{"the order of segments", `top: 'value == "high"', rest: 'true'`, `rest: 'true', top: 'value == "high"'`, false},
		{"a level's name", "high", "upper", false},
	}
	want := read(t, first).Hash()
	if len(want) != 64 {
		t.Fatalf("got hash %q", want)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := read(t, strings.ReplaceAll(first, tt.from, tt.to)).Hash()
			if (got == want) != tt.same {
				t.Errorf("the hash is the same: %v, want %v", got == want, tt.same)
			}
		})
	}
}

func TestStrategyFinds(t *testing.T) {
	t.Parallel()
	s := read(t, "audiences: {all: 'true'}\n")
	if _, ok := s.Audience("all"); !ok {
		t.Error("the audience is not found")
	}
	if _, ok := s.Segmentation("all"); ok {
		t.Error("an audience is found as a segmentation")
	}
	if !slices.ContainsFunc(s.Traits(), func(c fact.Column) bool { return c.Name == "industry" }) {
		t.Error("the catalogue's trait industry is missing")
	}
}

func TestMatchTraits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		text string
		want spec.Match
	}{
		{"by the usual names", "traits: {website: {type: text}, email: {type: number}}", spec.Match{Domains: []string{"website"}, Country: "country"}},
		{
			"as written",
			"traits: {website: {type: text}, home: {type: text}, vat: {type: text}, land: {type: text}}\n" +
				"match: {id: vat, domain: home, name: [name, land, land], country: land, shared: [reseller.com]}",
			spec.Match{IDs: []string{"vat"}, Domains: []string{"home"}, Names: []string{"name", "land"}, Country: "land", Shared: []string{"reseller.com"}},
		},
		{
			"the usual ones beside what is written",
			"traits: {website: {type: text}, vat: {type: text}}\nmatch: {id: [vat]}",
			spec.Match{IDs: []string{"vat"}, Domains: []string{"website"}, Country: "country"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, read(t, tt.text).Match); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
