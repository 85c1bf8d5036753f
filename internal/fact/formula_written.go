package fact

import (
	"slices"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/rule"
)

// origin is where a text comes from: made by a formula, or the column of the
// file at that place, counted from 1.
type origin int

const made origin = 0

func originOf(field int) origin { return origin(field + 1) }

// writing is how the texts of one origin are written that a formula reads as
// dates or as numbers: of a column of the file, or those that it makes itself.
type writing struct {
	origin  origin
	dates   *dateColumn
	numbers *numberColumn
}

// madeName begins the name of what a formula makes, where columns have theirs.
const madeName = "= "

// writings are the origins of the texts that one part of a formula reads.
type writings []writing

// of returns how a text is written, by where it comes from.
func (w writings) of(from origin) writing {
	for i := range w {
		if w[i].origin == from {
			return w[i]
		}
	}
	for i := range w {
		if w[i].origin == made {
			return w[i]
		}
	}
	return writing{}
}

// origins returns the variables whose texts a step hands on as they are, and
// whether it can also be a text that it makes.
func (s *step) origins() (columns []*step, makes bool) {
	switch {
	case s.op == rule.OpVar:
		return []*step{s}, false
	case s.op == rule.OpOrElse, s.op == rule.OpIf, s.call == callTrim:
	default:
		return nil, true
	}
	first := 0
	if s.op == rule.OpIf {
		first = 1
	}
	for i := range s.args[first:] {
		more, also := s.args[first+i].origins()
		columns, makes = append(columns, more...), makes || also
	}
	return columns, makes
}

// bindFormula settles how the texts are written that a formula reads as dates
// and numbers: those columns are decided as wholes, as others are.
func (b *binder) bindFormula(f *formula, binding Binding, column Type) {
	f.root.walk(func(s *step) {
		switch {
		case s.call == callNumber:
			s.writings = b.writings(&s.args[0], binding, Number)
		case s.call == callDate && s.layout == nil:
			s.writings = b.writings(&s.args[0], binding, Date)
		default:
			return
		}
		b.watch(&s.args[0], s.writings)
	})
	if f.typ != rule.TypeText {
		return
	}
	switch column { // what the formula gives is read as a cell would be
	case Number, Money:
		f.writings = b.writings(&f.root, binding, Number)
	case Date, Time:
		f.writings = b.writings(&f.root, binding, Date)
	default:
		return
	}
	b.watch(&f.root, f.writings)
}

// walk visits all steps.
func (s *step) walk(visit func(*step)) {
	visit(s)
	for i := range s.args {
		s.args[i].walk(visit)
	}
}

func (b *binder) writings(arg *step, binding Binding, as Type) writings {
	var list writings
	columns, makes := arg.origins()
	for _, c := range columns {
		if c.field < 0 || slices.ContainsFunc(list, func(w writing) bool { return w.origin == originOf(c.field) }) {
			continue
		}
		list = append(list, b.writing(b.declared(binding, c.name), c.name, c.field, as))
	}
	if makes {
		list = append(list, b.writing(binding, madeName+arg.text, -1, as))
	}
	return list
}

func (b *binder) writing(binding Binding, name string, field int, as Type) writing {
	w := writing{origin: originOf(field)}
	if as == Date {
		w.dates = b.dates(binding, name, field)
	} else {
		w.numbers = b.numbers(binding, name, field, inFormula)
	}
	return w
}

// declared returns the binding with what another one says of how the column is
// written, where it says nothing itself.
func (b *binder) declared(binding Binding, column string) Binding {
	for _, other := range b.m.Columns {
		if other.From != column {
			continue
		}
		if binding.Layout == "" {
			binding.Layout = other.Layout
		}
		if binding.Numbers == "" {
			binding.Numbers = other.Numbers
		}
	}
	return binding
}

// watch lets Look see the texts that a formula makes, as it sees columns.
func (b *binder) watch(arg *step, list writings) {
	w := list.of(made)
	isOpen := w.dates != nil && !w.dates.settled || w.numbers != nil && !w.numbers.settled
	if isOpen {
		b.d.watched = append(b.d.watched, watched{arg, w})
	}
}

// watched is a part of a formula that makes texts, and how they are written.
type watched struct {
	arg     *step
	written writing
}

// lookAtMade takes the texts into account that formulas make of a row.
func (d *Decoder) lookAtMade(line int, fields [][]byte) {
	for _, w := range d.watched {
		d.fault, d.made = nil, d.made[:0]
		v := d.eval(w.arg, fields)
		text := trim(v.text)
		if d.fault != nil || !v.known || v.origin != made || d.isMissing(text) {
			continue
		}
		if w.written.dates != nil {
			w.written.dates.seen.look(line, text)
			continue
		}
		w.written.numbers.seen.look(line, text)
	}
}

// formulaOf resolves a formula against the file, with how its texts are written.
func (b *binder) formulaOf(x *rule.Expr, binding Binding, column Type) *formula {
	f := newFormula(x, b.find, &b.list)
	if binding.Pos == (diag.Pos{}) {
		binding.Pos = x.Pos(x.Root())
	}
	b.bindFormula(f, binding, column)
	return f
}
