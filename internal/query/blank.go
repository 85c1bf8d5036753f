package query

import (
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/rule"
)

// blanks returns the columns of a kind that no binding of a source fills. An
// open date that is not bound is none, which is known.
func blanks(m fact.Mapping, k fact.Kind) []string {
	var names []string
	for _, column := range k.Columns {
		isBound := slices.ContainsFunc(m.Columns, func(b fact.Binding) bool { return b.To == column.Name })
		if !isBound && !column.Required && !column.Open {
			names = append(names, column.Name)
		}
	}
	return names
}

// fixed returns the columns of which a source says the same text in each row.
func fixed(m fact.Mapping, k fact.Kind) map[string]string {
	texts := map[string]string{}
	for _, b := range m.Columns {
		column, ok := k.Column(b.To)
		if ok && column.Type == fact.Text && b.Constant != nil && *b.Constant != "" && len(b.Values) == 0 {
			texts[b.To] = *b.Constant
		}
	}
	return texts
}

// voice is what a source has to say to a measure.
type voice uint8

// A source that is without the columns that a measure reads either has no row
// that could count (silent), or rows of which it cannot be told whether they do
// (unclear).
const (
	gives voice = iota
	silent
	unclear
)

// voiceOf says what a source has to say to a measure, and which columns it
// lacks for that.
func (c *compiler) voiceOf(source Coverage, m *measure) (voice, []string) {
	if len(source.Blank) == 0 {
		return gives, nil
	}
	v := gives
	var lacks []string
	lack := func(name string, is voice) {
		if slices.Contains(source.Blank, name) && !slices.Contains(lacks, name) {
			v, lacks = max(v, is), append(lacks, name)
		}
	}
	switch level := c.req.Grain.Level; {
	case level == customer.ByContact:
		lack("contact", silent)
	case level == customer.ByAccountProduct && m.def.Kind != "contract": // a contract without a product is a customer of its own
		lack("product", silent)
	}
	if m.def.Aggregate != metric.Count && m.def.Aggregate != metric.ActiveDays {
		lack(m.def.Column, silent)
	}
	if m.def.Where == nil {
		return v, lacks
	}
	may := outcomes(m.def.Where.Root(), source)
	for _, name := range m.def.Where.Names() {
		switch {
		case may&isUnknown != 0:
			lack(name, unclear)
		case may == isFalse:
			lack(name, silent)
		}
	}
	if may == isFalse && len(lacks) > 0 {
		v = silent // whatever else it lacks, none of its rows counts
	}
	return v, lacks
}

// lacks is a source that is without columns which a measure reads.
type lacks struct {
	source, kind string
	columns      []string
}

// lacksWords says which column cannot be told: "no source gives
// contract.product", or which source does not give it where another does.
func (c *compiler) lacksWords(list []lacks) string {
	column := list[0].columns[0]
	name := list[0].kind + "." + column
	givesIt := func(source Coverage) bool { return !slices.Contains(source.Blank, column) }
	if !slices.ContainsFunc(c.stored.Coverage[list[0].kind], givesIt) {
		return "no source gives " + name
	}
	return fmt.Sprintf("source %s does not give %s", list[0].source, name)
}

// outcome is a set of what a part of a condition may come to.
type outcome uint8

const (
	isTrue outcome = 1 << iota
	isFalse
	isUnknown
	isValue // of another type than bool
)

// outcomes returns what a condition may come to for a row of a source in which
// no column is empty that the source gives. It may name more than can be.
func outcomes(n *rule.Node, source Coverage) outcome {
	switch n.Op {
	case rule.OpConst:
		return known(n)
	case rule.OpVar:
		if slices.Contains(source.Blank, n.Name) {
			return isUnknown
		}
		return known(n)
	case rule.OpAnd, rule.OpOr:
		return joined(n, source)
	case rule.OpNot:
		return not(outcomes(n.Args[0], source))
	case rule.OpIf:
		return branches(n, source)
	case rule.OpKnown:
		return whether(outcomes(n.Args[0], source))
	case rule.OpOrElse:
		first := outcomes(n.Args[0], source)
		if first&isUnknown == 0 {
			return first
		}
		return first&^isUnknown | outcomes(n.Args[1], source)
	case rule.OpExists, rule.OpAll:
		return quantified(n, source)
	case rule.OpEq, rule.OpNe, rule.OpIn:
		if o, ok := settled(n, source); ok {
			return o
		}
	}
	var all outcome
	for _, a := range n.Args {
		o := outcomes(a, source)
		if o == isUnknown {
			return isUnknown
		}
		all |= o
	}
	return known(n) | all&isUnknown
}

// known returns what a value may be that is not unknown.
func known(n *rule.Node) outcome {
	switch {
	case n.Type != rule.TypeBool:
		return isValue
	case n.Op != rule.OpConst:
		return isTrue | isFalse
	case n.Value.IsTrue():
		return isTrue
	}
	return isFalse
}

func whether(o outcome) outcome {
	var is outcome
	if o&isUnknown != 0 {
		is |= isFalse
	}
	if o&^isUnknown != 0 {
		is |= isTrue
	}
	return is
}

func not(o outcome) outcome {
	is := o & isUnknown
	if o&isTrue != 0 {
		is |= isFalse
	}
	if o&isFalse != 0 {
		is |= isTrue
	}
	return is
}

// joined returns what Kleene's and and or may come to.
func joined(n *rule.Node, source Coverage) outcome {
	decides, passes := isFalse, isTrue
	if n.Op == rule.OpOr {
		decides, passes = isTrue, isFalse
	}
	may := passes
	for _, a := range n.Args {
		o := outcomes(a, source)
		next := o & may & passes // both pass
		next |= (o | may) & decides
		if o&isUnknown != 0 && may&^decides != 0 || may&isUnknown != 0 && o&^decides != 0 {
			next |= isUnknown
		}
		may = next
	}
	return may
}

func branches(n *rule.Node, source Coverage) outcome {
	condition := outcomes(n.Args[0], source)
	may := condition & isUnknown
	if condition&isTrue != 0 {
		may |= outcomes(n.Args[1], source)
	}
	if condition&isFalse != 0 {
		may |= outcomes(n.Args[2], source)
	}
	return may
}

func quantified(n *rule.Node, source Coverage) outcome {
	if outcomes(n.Args[0], source) == isUnknown {
		return isUnknown
	}
	ofNone := isFalse
	if n.Op == rule.OpAll {
		ofNone = isTrue
	}
	return ofNone | outcomes(n.Args[0], source)&isUnknown | outcomes(n.Args[1], source)
}

// settled compares a column that always holds the same text; ok is false for
// other comparisons.
func settled(n *rule.Node, source Coverage) (o outcome, ok bool) {
	texts := make([]string, len(n.Args))
	for i, a := range n.Args {
		text, isFixed := source.Fixed[a.Name]
		switch {
		case a.Op == rule.OpVar && isFixed:
			texts[i] = text
		case a.Op == rule.OpConst && a.Type == rule.TypeText:
			texts[i] = a.Value.Text()
		default:
			return 0, false
		}
	}
	is := slices.Contains(texts[1:], texts[0])
	if n.Op == rule.OpNe {
		is = !is
	}
	if is {
		return isTrue, true
	}
	return isFalse, true
}
