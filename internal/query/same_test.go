package query_test

import (
	"testing"
	"testing/fstest"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/spec"
)

const repeats = `
name: repeats
currency: USD
timezone: UTC
sources:
  accounts: {files: none.csv, fact: account, columns: {account: a}}
  events:   {files: none.csv, fact: event, columns: {account: a, at: t}}
metrics:
  events: {from: event, count: true, over: 28d}
  before: {is: 'ago(events, 28d)'}
  more:   {is: 'ago(events, 28d) + 1.0'}
segmentations:
  coverage:
    segments:
      growing: {when: 'events > before && more > 0'}
      others:  {when: 'true'}
`

// A metric that only says another as of an earlier day has no column of its own
// beside that value's; whoever asks for either finds it.
func TestCompileKeepsARepeatedMetricOnce(t *testing.T) {
	t.Parallel()
	s, problems := spec.Load(fstest.MapFS{"strategy.yaml": {Data: []byte(repeats)}})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	stored := query.Stored{
		Kinds: map[string]query.KindStats{"account": {Rows: 1}, "event": {Rows: 1}},
		Coverage: map[string][]query.Coverage{
			"event": {{Source: "events", Ids: "main", Always: true}},
		},
		Code: func(string, string) (int64, bool) { return 0, false }, Codes: func(string) int64 { return 0 },
	}
	result, err := query.Compile(query.Definitions{
		Currency: s.Currency, Zone: s.Zone, Kinds: s.Kinds, Metrics: s.Metrics, Segmentations: s.Segmentations, Order: s.Order(),
	}, query.Request{AsOf: period.NewDate(2026, 6, 30)}, stored)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		role query.Role
		of   string
		want string
	}{
		{query.RoleMetric, "before", "m_before"},
		{query.RoleEarlier, "events__28d_ago", "m_before"},
		{query.RoleMetric, "more", "m_more"},
	} {
		if c, ok := query.Find(result.Columns, x.role, x.of); !ok || c.Name != x.want {
			t.Errorf("%s %s: got column %q, want %q", x.role, x.of, c.Name, x.want)
		}
	}
	made := map[string]int{}
	for _, c := range result.Plan.Steps[len(result.Plan.Steps)-1].Select.Columns {
		made[c.As]++
	}
	for _, c := range result.Columns {
		if made[c.Name] != 1 {
			t.Errorf("column %s: made %d times, want 1", c.Name, made[c.Name])
		}
	}
	if made["m_events__28d_ago"] != 0 {
		t.Error("the earlier value has a column of its own too")
	}
}
