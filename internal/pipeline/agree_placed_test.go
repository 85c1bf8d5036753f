package pipeline_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

// TestAgreeStrategies places random customers by random strategies, once for
// all of them by the engine and once each by package explain.
func TestAgreeStrategies(t *testing.T) {
	t.Parallel()
	wanted, seed := 10_000, uint64(1)
	if s := os.Getenv("SEGUE_AGREE"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("SEGUE_AGREE: %v", err)
		}
		wanted, seed = n/10, rand.Uint64()
	}
	var c placedCount
	for n := uint64(0); c.compared < wanted && !t.Failed(); n++ {
		c.world(t, seed+n)
	}
	t.Logf("compared %d places from seed %d on, %d of them unknown", c.compared, seed, c.unknown)
	if c.unknown*20 < c.compared || c.unknown*10 > c.compared*9 {
		t.Errorf("%d of %d places are unknown: too few or too many to tell", c.unknown, c.compared)
	}
}

type placedCount struct{ compared, unknown int }

// world imports random customers and runs several strategies, each day another
// one, so that customers are held where the one before has put them.
func (c *placedCount) world(t *testing.T, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 3))
	w, err := duckdb.Open(t.Context(), "", duckdb.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	e := &pipeline.Engine{Warehouse: w, State: openState(t)}
	root := t.TempDir()
	x := randomExports(r, 90+r.IntN(60))
	for name, text := range map[string]string{"accounts.csv": x.accounts.String(), "events.csv": x.events.String(), "people.csv": x.people.String(), "contracts.csv": x.contracts.String()} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Date(2026, 4, 28, 21, 59, 0, 0, time.UTC)
	for day := range 4 {
		draft := newDrafting(r)
		e.Strategy = draft.load(t)
		if day == 0 {
			if _, err := e.Import(t.Context(), pipeline.ImportRequest{Root: root, Now: now}, nil); err != nil {
				t.Fatal(err)
			}
		}
		now = now.AddDate(0, 0, r.IntN(3))
		if _, err := e.Run(t.Context(), pipeline.RunRequest{Now: now, AcceptLeavers: true}); err != nil {
			t.Fatalf("seed %d, day %d: %v\n%s", seed, day, err, draft)
		}
		for _, grain := range []customer.Grain{{}, {Level: customer.ByParent}, {Level: customer.ByContact}, {Level: customer.ByAccountProduct}} {
			if difference := c.grain(t, e, x, grain); difference != "" {
				t.Errorf("seed %d, day %d, by %s, %s\n%s", seed, day, grain, difference, definitionsOf(e.Strategy))
				return
			}
		}
	}
}

// grain compares all customers of the newest run at a grain: what is counted of
// their events, where they stand among each other, and where they are placed.
func (c *placedCount) grain(t *testing.T, e *pipeline.Engine, x *exports, grain customer.Grain) string {
	t.Helper()
	placed, columns, err := e.Placed(t.Context(), grain)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range placed {
		covered, err := e.Coverage(t.Context(), p.AsOf, "event")
		if err != nil {
			t.Fatal(err)
		}
		events := x.happened[p.ID]
		if grain.Level == customer.ByParent {
			events = nil
			for id, top := range x.top {
				if top == p.ID {
					events = append(events, x.happened[id]...)
				}
			}
		}
		if difference := c.compareFacts(e.Strategy, p, events, covered); difference != "" {
			return difference
		}
		if difference := c.compare(e.Strategy, p, columns); difference != "" {
			return "customer " + p.ID + ":\n" + difference
		}
	}
	if e.Strategy.BaseWhen != nil { // what the base is told by stands among all
		return ""
	}
	return c.compareStanding(e.Strategy, placed)
}

// compare says in which column the engine and package explain differ.
func (c *placedCount) compare(s *spec.Strategy, p pipeline.Placed, columns []query.ResultColumn) string {
	want := explain.Evaluate(s, p.Customer)
	for _, column := range columns {
		got, other, ok := p.Row[column.Name], any(nil), true
		switch column.Role {
		case query.RoleMetric:
			m, _ := s.Metric(column.Of)
			other = expected(want.Metrics[m.Name])
			if x, isNumber := got.(float64); isNumber {
				got = x + 0
			}
		case query.RoleLevel:
			other = levelOf(want.Levels[column.Of], column)
		case query.RoleScore:
			other = number(want.Levels[column.Of].Score)
		case query.RoleEvidence:
			other = number(want.Levels[column.Of].Evidence)
		case query.RoleSegment:
			other = segmentCode(want.Segments[column.Of], column)
		case query.RoleOpen:
			other = openOf(want.Segments[column.Of], column.Of, s, got)
		case query.RoleProvisional:
			other = want.Segments[strings.TrimSuffix(column.Of, ".provisional")].Provisional
		case query.RoleAudience:
			other = expected(want.Audiences[column.Of])
		default:
			ok = false
		}
		if !ok {
			continue
		}
		c.compared++
		if other == nil {
			c.unknown++
		}
		if got != other {
			return fmt.Sprintf("%s: got %#v, explained %#v\nmetrics %v\ntraits %v\ncuts %v\nbefore %v\nlevels %v", column.Name, got, other, p.Metrics, p.Traits, p.Cuts, p.Previous, want.Levels)
		}
	}
	return ""
}

func number(x *float64) any {
	if x == nil {
		return nil
	}
	return *x + 0
}

func levelOf(l explain.Level, c query.ResultColumn) any {
	switch {
	case c.Labels == nil && l.Name == "" && l.Missing != nil: // the value of a trait
		return nil
	case c.Labels == nil:
		return l.Name
	case l.Index < 0:
		return nil
	}
	return int64(l.Index)
}

func segmentCode(s explain.Segment, c query.ResultColumn) any {
	switch s.Name {
	case segmentation.Unknown:
		return int64(query.CodeUnknown)
	case segmentation.Unassigned:
		return int64(query.CodeUnassigned)
	}
	return int64(slices.Index(c.Labels, s.Name))
}

// openOf are the candidates as bits, as the engine has them: without the last,
// where that is the first that is certain.
func openOf(s explain.Segment, name string, strategy *spec.Strategy, got any) any {
	d, _ := strategy.Segmentation(name)
	mask, last := int64(0), int64(0)
	for i, segment := range d.Segments {
		if slices.Contains(s.Candidates, segment.Name) {
			last = 1 << i
			mask |= last
		}
	}
	if got == mask-last && len(s.Candidates) > 1 {
		return mask - last
	}
	return mask
}

// definitionsOf returns what a strategy says, in short.
func definitionsOf(s *spec.Strategy) string {
	var b strings.Builder
	add := func(name string, x *rule.Expr) {
		if x != nil {
			fmt.Fprintf(&b, "%s: %s\n", name, x.Source())
		}
	}
	for _, m := range s.Metrics {
		add(m.Name, m.Is)
		add(m.Name+" when", m.When)
		add(m.Name+" where", m.Where)
	}
	for _, d := range s.Dimensions {
		fmt.Fprintf(&b, "%s: of %s above %v within %v score %v at least %v\n", d.Name, d.Of, d.Above, d.Within, d.Score, d.MinEvidence)
		for _, l := range d.Levels {
			fmt.Fprintf(&b, "  %s %v\n", l.Name, l.Bound)
			add("  when", l.When)
		}
		for _, p := range d.Points {
			add(fmt.Sprint("  ", p.Points), p.When)
		}
	}
	for _, d := range s.Segmentations {
		for _, segment := range d.Segments {
			add(d.Name+" "+segment.Name, segment.When)
		}
	}
	return b.String()
}
