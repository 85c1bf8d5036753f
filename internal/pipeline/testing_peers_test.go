package pipeline_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Four customers with ARR 10, 20, 30 and 40: p75 is 30 and p50 is 20, the sum
// is 100, and 40 alone is short of 60 of it. The ranks are thirds.
const fourPeers = `
a: {%s, expect: {peers: rest, most: rest, standing: 0}}
b: {%s, expect: {peers: middle, most: rest, standing: 0.333333333333}}
c: {%s, expect: {peers: top, most: most, standing: 0.666666666667}}
d: {%s, expect: {peers: top, most: most, standing: 1}}
`

func TestRunTestsComparesPeers(t *testing.T) {
	t.Parallel()
	given := func(arr int) string { return fmt.Sprintf("metrics: {arr: %d}", arr) }
	stored := func(arr int) string {
		return fmt.Sprintf("facts: {contract: [{starts: 2025-02-01, arr: %d}]}", arr)
	}
	tests := []struct {
		name       string
		a, b, c, d string
	}{
		{"facts alone", stored(10), stored(20), stored(30), stored(40)},
		{"given values alone", given(10), given(20), given(30), given(40)},
		{"both", stored(10), given(20), stored(30), given(40)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			report, err := runTests(t, testedStrategy, oneTest(fmt.Sprintf(fourPeers, tt.a, tt.b, tt.c, tt.d)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{}, failures(report)); diff != "" || report.Passed != 4 {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
		})
	}
}

// Twenty shops with ARR 1 to 20 are a group of their own, whose p95 is 19. One
// software house is not, and among all 21 the p95 is 20.
func TestRunTestsComparesWithinGroups(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		value string // of ARR
	}{
		{"facts alone", "facts: {account: [{industry: %s}], contract: [{starts: 2025-02-01, arr: %d}]}"},
		{"given values alone", "traits: {industry: %s}, metrics: {arr: %d}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var customers strings.Builder
			for arr := 1; arr <= 20; arr++ {
				level := "rest"
				if arr >= 19 {
					level = "top"
				}
				fmt.Fprintf(&customers, "shop_%d: {"+tt.value+", expect: {local: %s}}\n", arr, "Retail", arr, level)
			}
			fmt.Fprintf(&customers, "house: {"+tt.value+", expect: {local: top}}\n", "Software", 1000)
			report, err := runTests(t, testedStrategy, oneTest(customers.String()))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{}, failures(report)); diff != "" || report.Passed != 21 {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRunTestsByOtherGrains(t *testing.T) {
	t.Parallel()
	const family = `
group:
  facts:
    account: [{account: group, entity: company}, {account: site, parent: group, entity: site}]
    contract: [{starts: 2025-02-01, arr: 70000}, {account: site, starts: 2025-02-01, arr: 40000}]
  expect: {%s}
daughter:
  facts:
    account: [{parent: group}]
    contract: [{starts: 2025-02-01, arr: 5}]
  expect: {%s}
`
	lines := strings.Replace(testedStrategy, "name: test\n", "", 1)
	byParent := strings.Replace(lines, "  coverage:\n", "  coverage:\n    customer: parent\n", 1)
	tests := []struct {
		name, strategy, customers string
		want                      []string
	}{
		{"families", "customer: parent\n" + lines, fmt.Sprintf(family, "arr: 110005, value: high, coverage: keep", "coverage: keep"), []string{}},
		{"one segmentation by family", byParent, fmt.Sprintf(family, "arr: 70000, value: medium, coverage: keep", "value: low, coverage: keep"), []string{}},
		{"families with given values", "customer: parent\n" + lines, `
group: {metrics: {arr: 100}, expect: {value: low, third: 33.33333333333}}
`, []string{}},
		{"contacts", lines + `  reach:
    customer: contact
    segments:
      talk: {when: 'events > 1 && account.arr > 50 && account.arr < 5000'}
      mail: {when: 'true'}
`, `
ann: {facts: {contact: [{role: CTO}], contract: [{starts: 2025-02-01, arr: 100}], event: [{contact: ann, at: 2026-01-20}, {contact: ann, at: 2026-01-21}]}, expect: {reach: talk, arr: 100}}
bob: {facts: {contact: [{role: CTO}], contract: [{starts: 2025-02-01, arr: 10}]}, expect: {reach: mail}}
dan: {facts: {contract: [{starts: 2025-02-01, arr: 10}]}, expect: {reach: mail}}
`, []string{"x.test.yaml:7:81 dan: reach is no customer, want mail"}},
		{"contacts with given values", lines + `  reach:
    customer: contact
    segments:
      talk: {when: 'events > 1 && account.arr > 50 && account.arr < 5000'}
      mail: {when: 'true'}
`, `
ann: {facts: {contact: [{role: CTO}]}, metrics: {arr: 100, events: 2}, expect: {reach: talk}}
bob: {facts: {contact: [{role: CTO}]}, metrics: {arr: 20000, events: 2}, expect: {reach: mail}}
`, []string{}},
		{"products", lines + `  size:
    customer: account x product
    segments:
      large: {when: 'arr >= 50'}
      small: {when: 'true'}
`, `
ann: {facts: {contract: [{product: Core, starts: 2025-02-01, arr: 100}]}, expect: {size: large, arr: 100}}
bob: {facts: {contract: [{product: Core, starts: 2025-02-01, arr: 10}, {product: Runs, starts: 2025-02-01, arr: 10}]}, expect: {size: small, arr: 20}}
`, []string{"x.test.yaml:6:141 bob: size is no customer, want small"}},
		{"entities", "customer: 'entity: company'\n" + lines, fmt.Sprintf(family, "arr: 110005, value: high", "value: high") + `
alone: {expect: {value: unknown}}
`, []string{"x.test.yaml:16:31 alone: value is no customer, want unknown"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			report, err := runTests(t, tt.strategy, oneTest(tt.customers))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, failures(report)); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
		})
	}
}
