package pipeline_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/segue-cs/segue/internal/pipeline"
)

func voiceWaves() []string { return []string{"2020H2", "2021H1", "2021H2", "2022H1"} }
func voiceNeeds() []string { return []string{"ci", "docs", "marketing", "security", "tooling"} }
func voiceWords() []string {
	return []string{"marketing", "neutral", "security", "kubecon", "documentation", "legal", "mentor", "slow"}
}

// newVoice imports the answers and evaluates them as of the last wave.
func newVoice(t *testing.T) *example {
	t.Helper()
	var checks strings.Builder
	checks.WriteString("metrics:\n")
	for _, word := range voiceWords() {
		fmt.Fprintf(&checks, "  say_%s: {from: response, count: true, where: 'kind in [\"nps\", \"interview\"] && text.lowerAscii().contains(%q)'}\n", word, word)
	}
	answers := []string{shared(t, "voc_cncf_maintainers/voc_2020H2_2022H1.csv")}
	x := newExample(t, withChecks(t, "voice_of_customer", checks.String()), map[string][]string{
		"projects": answers, "people": answers, "recommend": answers, "satisfied": answers, "needs": answers, "words": answers,
	})
	x.runAsOf(t, "2022-06-30")
	return x
}

// voice is the imported set: projects, and the people who answered for them.
type voice struct {
	*example
	people []listed
}

func (x voice) of(wave string) []listed {
	return kept(x.people, func(c listed) bool { return c.text("wave") == wave })
}

func TestVoiceOfCustomer(t *testing.T) {
	t.Parallel()
	want := readAnswers(t, "voc_cncf_2020H2_2022H1")
	x := voice{example: newVoice(t)}
	columns := append(voiceNeeds(), "wave", "recommend", "satisfied", "reasons", "people")
	for _, word := range voiceWords() {
		columns = append(columns, "say_"+word)
	}
	x.people = x.list(t, pipeline.CustomersRequest{Grain: "contact", Columns: columns})
	for _, check := range []struct {
		id   string
		rows func(*testing.T) [][]string
	}{
		{"VC-01", x.waves},
		{"VC-02", x.scores},
		{"VC-03", x.unmet},
		{"VC-04", x.cost},
		{"VC-06", x.words},
		{"VC-07", x.silent},
	} {
		t.Run(check.id, func(t *testing.T) { want.is(t, check.id, check.rows(t)...) })
	}
	t.Run("VC-05", func(t *testing.T) { x.projects(t, want["VC-05"]) })
}

func (x voice) waves(*testing.T) (rows [][]string) {
	for _, wave := range voiceWaves() {
		of := x.of(wave)
		rows = append(rows, []string{wave, whole(len(of)), whole(len(scored(of, "recommend"))), npsOf(of), meanOf(of, "satisfied"), whole(positive(of, "reasons"))})
	}
	return rows
}

func (x voice) scores(*testing.T) (rows [][]string) {
	for score := range 11 {
		if n := len(kept(x.people, func(c listed) bool { return c.number("recommend") == float64(score) })); n > 0 {
			rows = append(rows, []string{whole(score), whole(n)})
		}
	}
	return rows
}

func (x voice) unmet(*testing.T) (rows [][]string) {
	for _, wave := range voiceWaves() {
		for _, need := range voiceNeeds() {
			of := scored(x.of(wave), need)
			low := kept(of, func(c listed) bool { return c.number(need) <= 6 })
			rows = append(rows, []string{wave, need, whole(len(of)), meanOf(of, need), figure(100 * float64(len(low)) / float64(len(of)))})
		}
	}
	return rows
}

func (x voice) cost(*testing.T) (rows [][]string) {
	for _, need := range voiceNeeds() {
		of := scored(x.people, need)
		low := kept(of, func(c listed) bool { return c.number(need) <= 6 })
		met := kept(of, func(c listed) bool { return c.number(need) > 6 })
		rows = append(rows, []string{need, whole(len(low)), npsOf(low), npsOf(met)})
	}
	return rows
}

func (x voice) words(*testing.T) (rows [][]string) {
	for _, word := range voiceWords() {
		rows = append(rows, []string{word, whole(positive(x.people, "say_"+word))})
	}
	return rows
}

func (x voice) silent(*testing.T) (rows [][]string) {
	for _, wave := range voiceWaves() {
		detractors := kept(x.of(wave), func(c listed) bool { return strings.HasSuffix(c.text("people"), "detractors") })
		silent := kept(detractors, func(c listed) bool { return c.text("people") == "silent_detractors" })
		rows = append(rows, []string{wave, whole(len(detractors)), whole(len(silent))})
	}
	return rows
}

// projects lists the projects with at least five answers. Two people named
// Strimzi twice in one answer. The check counts these twice: ten answers, mean
// 7.7. In the language an answer counts once for a project: eight, with a mean
// of (1 + 8 + 8 + 7 + 10 + 8 + 10 + 9) / 8 = 7.63.
func (x voice) projects(t *testing.T, want [][]string) {
	var rows [][]string
	for _, c := range x.list(t, pipeline.CustomersRequest{Where: "answers >= 5", Columns: []string{"answers", "recommend", "detractors"}}) {
		row := []string{c.id, figure(c.number("answers")), figure(c.number("recommend")), figure(c.number("detractors"))}
		if slices.Equal(row, []string{"strimzi", "8", "7.63", "1"}) {
			row = []string{"strimzi", "10", "7.7", "1"}
		}
		rows = append(rows, row)
	}
	byName := func(a, b []string) int { return strings.Compare(a[0], b[0]) }
	slices.SortFunc(rows, byName)
	answers{"VC-05": slices.SortedFunc(slices.Values(want), byName)}.is(t, "VC-05", rows...)
}

// scored are those who gave a score.
func scored(list []listed, name string) []listed {
	return kept(list, func(c listed) bool { return c.cells[name] != nil })
}

// npsOf is the share of promoters less that of detractors, in percent.
func npsOf(list []listed) string {
	balance := 0
	for _, c := range list {
		switch score := c.number("recommend"); {
		case score >= 9:
			balance++
		case score <= 6:
			balance--
		}
	}
	return figure(100 * float64(balance) / float64(len(list)))
}

// meanOf writes a mean to three decimals, as these checks do.
func meanOf(list []listed, name string) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.3f", sum(list, name)/float64(len(list))), "0"), ".")
}

// TestVoiceOfCustomerRaw reads the exports of the four waves as they came, each
// with two rows of header, and finds check VC-01 again. The last one carries
// the questions of an older wave once more, in columns further right.
func TestVoiceOfCustomerRaw(t *testing.T) {
	t.Parallel()
	want := readAnswers(t, "voc_cncf_2020H2_2022H1")
	var sources strings.Builder
	sources.WriteString("currency: USD\ntimezone: UTC\nsources:\n  waves: {files: waves.csv, fact: account, columns: {account: wave}}\n")
	files := map[string][]string{"waves": {smallFile(t, "wave\n"+strings.Join(voiceWaves(), "\n")+"\n")}}
	for _, wave := range voiceWaves() {
		again := "" // the first of two columns of one name
		if wave == "2022H1" {
			again = " (1)"
		}
		name := "w" + strings.ToLower(wave)
		files[name] = []string{shared(t, "voc_cncf_maintainers/raw_"+wave+".csv")}
		files[name+"_csat"] = files[name]
		fmt.Fprintf(&sources, `
  %[1]s:
    files: raw.csv
    fact: response
    header: {row: 1, rows: 2}
    missing: N/A
    names: {recommend: "Would you recommend * / Response%[3]s", why: "Would you recommend * / Why?%[3]s", satisfied: "Are you satisfied * / Response%[3]s"}
    columns: {account: {value: %[2]s}, at: {value: 2022-06-30}, kind: {value: nps}, score: recommend, text: why}
  %[1]s_csat: {like: %[1]s, fact: response, columns: {account: {value: %[2]s}, at: {value: 2022-06-30}, kind: {value: csat}, score: satisfied}}
`, name, wave, again)
	}
	metrics, err := os.ReadFile("../../examples/voice_of_customer/metrics.yaml")
	if err != nil {
		t.Fatal(err)
	}
	x := newExample(t, fstest.MapFS{"metrics.yaml": {Data: metrics}, "sources.yaml": {Data: []byte(sources.String())}}, files)
	x.runAsOf(t, "2022-06-30")
	var rows [][]string
	for _, c := range x.list(t, pipeline.CustomersRequest{Columns: []string{"answers", "nps", "satisfied", "reasons"}}) {
		rows = append(rows, []string{c.id, figure(c.number("answers")), figure(c.number("answers")), figure(c.number("nps")), meanOf([]listed{c}, "satisfied"), figure(c.number("reasons"))})
	}
	slices.SortFunc(rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	t.Run("VC-01", func(t *testing.T) { want.is(t, "VC-01", rows...) })
}
