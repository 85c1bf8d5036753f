package pipeline_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/pipeline"
)

// cncfNeeds are the needs of the survey and the metrics that count them.
func cncfNeeds() map[string]string {
	return map[string]string{
		"training": "Lack of training", "culture": "Cultural changes w/development team", "complexity": "Complexity",
		"orchestration": "Difficulty in choosing an orchestration solution", "vendor_support": "Finding vendor support", "security": "Security",
		"reliability": "Reliability", "monitoring": "Monitoring", "logging": "Logging", "networking": "Networking", "storage": "Storage",
		"scaling": "Scaling deployments based upon the load", "mesh": "Service Mesh", "ci": "CI/CD", "testing": "Testing",
	}
}

// TestCNCFSurvey reads the export as the survey tool gave it: three rows of
// header, CR CR LF, Windows-1252, and numbers for answers.
func TestCNCFSurvey(t *testing.T) {
	t.Parallel()
	want := readAnswers(t, "cncf_needs_2022")
	raw := []string{shared(t, "cncf_survey_2022/cncf_2022_raw.csv")}
	x := newExample(t, withChecks(t, "cncf_survey", ""), map[string][]string{"organisations": raw, "needs": raw})
	x.runAsOf(t, "2022-12-31")
	all := x.list(t, pipeline.CustomersRequest{Columns: append(slices.Collect(maps.Keys(cncfNeeds())), "ticked", "size", "adoption")})
	needy := kept(all, func(c listed) bool { return c.number("ticked") > 0 })

	t.Run("CN-01", func(t *testing.T) {
		mean := fmt.Sprintf("%.2f", sum(needy, "ticked")/float64(len(needy)))
		want.is(t, "CN-01", []string{whole(len(all)), whole(len(needy)), mean})
	})
	t.Run("CN-02", func(t *testing.T) {
		var rows [][]string
		for _, n := range mostNamed(needy) {
			rows = append(rows, []string{n.need, whole(n.named), figure(100 * float64(n.named) / float64(len(needy)))})
		}
		want.is(t, "CN-02", rows...)
	})
	t.Run("CN-03", func(t *testing.T) {
		var rows [][]string
		for _, size := range sortedTexts(needy, "size") {
			var top []string
			for _, n := range mostNamed(kept(needy, func(c listed) bool { return c.text("size") == size }))[:3] {
				top = append(top, fmt.Sprintf("%s %d", n.need, n.named))
			}
			rows = append(rows, []string{size, strings.Join(top, "; ")})
		}
		want.is(t, "CN-03", rows...)
	})
	t.Run("CN-04", func(t *testing.T) {
		known := kept(needy, func(c listed) bool { return c.cells["adoption"] != nil })
		var rows [][]string
		for _, adoption := range sortedTexts(known, "adoption") {
			of := kept(known, func(c listed) bool { return c.text("adoption") == adoption })
			n := float64(len(of))
			rows = append(rows, []string{adoption, whole(len(of)), figure(sum(of, "ticked") / n), figure(100 * sum(of, "training") / n), figure(100 * sum(of, "security") / n)})
		}
		want.is(t, "CN-04", rows...)
	})
	t.Run("who was not asked is not known to need nothing", func(t *testing.T) {
		if got, want := x.count(t, "ticked == 0 && !known(needs)"), 369; got != want { // 174 broke off, 195 run no containers
			t.Errorf("got %d, want %d", got, want)
		}
		if got, want := x.count(t, "needs == 0"), 149; got != want { // 518 without a need, less 369
			t.Errorf("asked, and without a need: got %d, want %d", got, want)
		}
	})
}

// namedNeed is how many customers name a need.
type namedNeed struct {
	need  string
	named int
}

// mostNamed counts the needs that customers name: most first, then by name.
func mostNamed(list []listed) (needs []namedNeed) {
	for metric, need := range cncfNeeds() {
		if n := positive(list, metric); n > 0 {
			needs = append(needs, namedNeed{need, n})
		}
	}
	slices.SortFunc(needs, func(a, b namedNeed) int {
		return cmp.Or(b.named-a.named, strings.Compare(a.need, b.need))
	})
	return needs
}

// sortedTexts returns the values of a column, each once.
func sortedTexts(list []listed, name string) []string {
	seen := map[string]bool{}
	for _, c := range list {
		seen[c.text(name)] = true
	}
	return slices.Sorted(maps.Keys(seen))
}
