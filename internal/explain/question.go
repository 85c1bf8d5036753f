package explain

import (
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
)

// questions returns what to find out so that the place becomes certain: those
// that settle it alone come first.
func (p *search) questions(at Segment) []Question {
	list := []Question{}
	for _, key := range at.Missing {
		if !slices.Contains(p.roots, key) {
			continue
		}
		if q, ok := p.question(key, at); ok {
			list = append(list, q)
		}
	}
	slices.SortStableFunc(list, func(a, b Question) int {
		switch {
		case a.Settles == b.Settles:
			return 0
		case a.Settles:
			return -1
		default:
			return 1
		}
	})
	return list
}

func (p *search) question(key string, at Segment) (Question, bool) {
	v := p.valueNow(key)
	r := p.m.root(key, v, p.finest[key])
	var outcomes []Outcome
	switch r.typ {
	case rule.TypeNumber, rule.TypeTime:
		outcomes = p.ranges(r, v)
	case rule.TypeBool:
		outcomes = []Outcome{p.outcome(r, "yes", rule.True), p.outcome(r, "no", rule.False)}
	case rule.TypeText:
		outcomes = p.texts(r)
	default:
		return Question{}, false
	}
	outcomes = merged(outcomes)
	q := Question{Name: key, Title: p.m.label(key), Settles: true, Outcomes: outcomes, Segments: []string{}}
	helps := false
	for _, o := range outcomes {
		q.Settles = q.Settles && o.Certain
		helps = helps || o.Certain || o.Segment != at.Name
		if !slices.Contains(q.Segments, o.Segment) {
			q.Segments = append(q.Segments, o.Segment)
		}
	}
	if r.typ == rule.TypeText && r.values == nil {
		q.Settles = false // other texts may lead elsewhere
	}
	q.Text = p.questionText(q)
	return q, helps
}

func (p *search) outcome(r root, when string, v rule.Value) Outcome {
	to := p.placeWith(r.key, v)
	return Outcome{When: when, Segment: to.Name, Certain: to.IsCertain()}
}

// ranges returns where each range of a number or date leads, lowest first.
func (p *search) ranges(r root, v rule.Value) []Outcome {
	start := int64(0)
	if r.typ == rule.TypeTime {
		start = int64(p.c.AsOf)
	}
	if v.Kind() == rule.KindAtLeast {
		_, above := r.around(v)
		start = above + 1
		if below, _ := r.around(v); below < above {
			start = above
		}
		r.low = start
	}
	turns := p.turnsOf(r, start, start)
	starts := []int64{r.low}
	for _, n := range turns {
		// a turn found on the way down is the last step of the lower range
		if n < start {
			n++
		}
		if n > starts[len(starts)-1] {
			starts = append(starts, n)
		}
	}
	var list []Outcome
	var from []int64
	for _, n := range starts {
		o := p.outcome(r, "", r.value(n))
		if last := len(list) - 1; last >= 0 && list[last].Segment == o.Segment && list[last].Certain == o.Certain {
			continue
		}
		list, from = append(list, o), append(from, n)
	}
	for i := range list {
		list[i].When = p.rangeWords(r, from, i)
	}
	return list
}

// rangeWords says a range that begins at from[i]: "above $100,000 and below
// $120,000".
func (p *search) rangeWords(r root, from []int64, i int) string {
	if len(from) == 1 {
		return "whatever it is"
	}
	// a bound is said by its rounder side: "above $108,000", not "from
	// $108,000.01"
	edge := func(n int64, from, above string) string {
		first, before := p.m.show(r.key, r.value(n)), p.m.show(r.key, r.value(n-1))
		if len(before) < len(first) && n-1 > r.low {
			return above + " " + before
		}
		return from + " " + first
	}
	var parts []string
	if i > 0 {
		parts = append(parts, edge(from[i], "from", "above"))
	}
	if i+1 < len(from) {
		parts = append(parts, edge(from[i+1], "below", "up to"))
	}
	return strings.Join(parts, " and ")
}

// texts returns where each text that the rules name leads, and any other.
func (p *search) texts(r root) []Outcome {
	values := r.values
	if values == nil {
		values = p.m.namedTexts(p.d, r.key)
	}
	var list []Outcome
	for _, s := range values {
		list = append(list, p.outcome(r, s, rule.Text(s)))
	}
	if r.values == nil {
		list = append(list, p.outcome(r, "anything else", rule.Text("\x00")))
	}
	return list
}

// namedTexts returns the texts that rules compare a trait or metric with.
func (m *model) namedTexts(d segmentation.Definition, key string) []string {
	var list []string
	seen := map[string]bool{}
	var rules func(x *rule.Expr)
	reads := func(n *rule.Node) bool {
		lens, ok := m.dimensions[n.Name]
		return n.Op == rule.OpVar && (n.Name == key || ok && lens.Form == dimension.ByTrait && lens.Trait == key)
	}
	rules = func(x *rule.Expr) {
		x.Root().Walk(func(n *rule.Node) bool {
			if len(n.Args) > 1 && slices.ContainsFunc(n.Args, reads) {
				for _, a := range n.Args {
					if s := a.Value.Text(); a.Op == rule.OpConst && a.Type == rule.TypeText && !slices.Contains(list, s) {
						list = append(list, s)
					}
				}
			}
			return true
		})
		for _, name := range x.Names() {
			if seen[name] {
				continue
			}
			seen[name] = true
			for _, inner := range conditions(m.dimensions[name]) {
				rules(inner)
			}
			for _, inner := range formulas(m.metrics[name]) {
				rules(inner)
			}
		}
	}
	for _, s := range d.Segments {
		rules(s.When)
	}
	return list
}

// merged joins outcomes that lead to the same place.
func merged(list []Outcome) []Outcome {
	out := []Outcome{}
	for _, o := range list {
		at := slices.IndexFunc(out, func(x Outcome) bool { return x.Segment == o.Segment && x.Certain == o.Certain })
		if at < 0 {
			out = append(out, o)
			continue
		}
		out[at].When += ", or " + o.When
	}
	return out
}

func (p *search) questionText(q Question) string {
	verb := "would settle it"
	if !q.Settles {
		verb = "may settle it"
	}
	var parts []string
	for _, o := range slices.Backward(q.Outcomes) {
		to := segmentTitle(p.d, o.Segment)
		if !o.Certain {
			to = "still open"
		}
		parts = append(parts, o.When+": "+to)
	}
	return "knowing " + p.m.inner(q.Name) + " " + verb + " (" + strings.Join(parts, "; ") + ")"
}
