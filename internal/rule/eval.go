package rule

import "slices"

// LookupFunc returns the value of a variable, that many days before the date
// asked for: Unknown(name) when it is missing. A value of another type than the
// variable's counts as unknown.
type LookupFunc func(name string, agoDays int) Value

// Eval returns the value of the expression. An unknown names the variables that
// are missing, or has a note. A variable alone is passed on as it is, an
// AtLeast bound included; no other expression has a bound as its value.
func (x *Expr) Eval(lookup LookupFunc) Value {
	m := machine{lookup: lookup}
	return m.eval(x.root)
}

// machine evaluates nodes for one customer.
type machine struct {
	lookup LookupFunc
	item   Value // what OpItem stands for
}

// eval returns the value of the node, an AtLeast bound only of an OpVar.
func (m *machine) eval(n *Node) Value {
	switch n.Op {
	case OpConst:
		return n.Value
	case OpVar:
		return m.variable(n)
	case OpItem:
		return m.item
	case OpAnd, OpOr:
		return m.logic(n)
	case OpIf:
		switch cond := m.eval(n.Args[0]); {
		case cond.IsTrue():
			return m.exact(n.Args[1])
		case cond.IsFalse():
			return m.exact(n.Args[2])
		default:
			return cond
		}
	case OpIn:
		return in(m.exact(n.Args[0]), n.Args[1:])
	case OpMin, OpMax:
		v := m.exact(n.Args[0])
		for _, a := range n.Args[1:] {
			v = extreme(n.Op, v, m.exact(a))
		}
		return v
	case OpKnown:
		return Bool(!m.eval(n.Args[0]).IsUnknown())
	case OpOrElse:
		if v := m.exact(n.Args[0]); !v.IsUnknown() {
			return v
		}
		return m.exact(n.Args[1])
	case OpExists, OpAll:
		return m.quantify(n)
	case OpCall:
		return noted("a function of rows")
	}
	if n.Op.IsComparison() {
		return compare(n.Op, m.eval(n.Args[0]), m.eval(n.Args[1]), n.Args)
	}
	if len(n.Args) == 1 {
		return unary(n, m.exact(n.Args[0]))
	}
	return binary(n, m.exact(n.Args[0]), m.exact(n.Args[1]))
}

// exact returns the value of the node, where a bound is not enough.
func (m *machine) exact(n *Node) Value { return exact(n, m.eval(n)) }

func exact(n *Node, v Value) Value {
	if v.kind == KindAtLeast {
		return Unknown(n.Name)
	}
	return v
}

// variable looks the value up and lets only those of the declared type pass.
func (m *machine) variable(n *Node) Value {
	v := m.lookup(n.Name, n.AgoDays)
	switch {
	case v.IsUnknown():
		if v.list == nil {
			v.list = &[]string{n.Name}
		}
		return v
	case v.Type() != n.Type:
		return Value{text: noteType, list: &[]string{n.Name}}
	default:
		return v
	}
}

// logic folds OpAnd and OpOr, and stops where the rest cannot matter.
func (m *machine) logic(n *Node) Value {
	v := m.eval(n.Args[0])
	for _, a := range n.Args[1:] {
		if settles(n.Op, v) {
			break
		}
		v = junction(n.Op, v, m.eval(a))
	}
	return v
}

func (m *machine) quantify(n *Node) Value {
	list := m.exact(n.Args[0])
	if list.IsUnknown() {
		return list
	}
	op, v := quantifier(n.Op)
	for _, s := range list.List() {
		if settles(op, v) {
			break
		}
		m.item = Text(s)
		v = junction(op, v, m.eval(n.Args[1]))
	}
	return v
}

// quantifier returns the junction that joins the items, and its start.
func quantifier(op Op) (Op, Value) {
	if op == OpExists {
		return OpOr, False
	}
	return OpAnd, True
}

// settles reports whether nothing that follows can change the junction.
func settles(op Op, v Value) bool { return op == OpAnd && v.IsFalse() || op == OpOr && v.IsTrue() }

// junction is Kleene's "and" or "or".
func junction(op Op, a, b Value) Value {
	switch {
	case settles(op, a):
		return a
	case settles(op, b):
		return b
	case a.IsUnknown() || b.IsUnknown():
		return missing(a, b)
	default:
		return a
	}
}

// missing returns the unknown that lacks what either unknown operand lacks.
func missing(a, b Value) Value {
	switch {
	case !b.IsUnknown():
		return a
	case !a.IsUnknown():
		return b
	}
	u := Value{text: a.text, list: a.list}
	if u.text == "" || b.text != "" && b.text < u.text {
		u.text = b.text
	}
	switch {
	case a.list == nil:
		u.list = b.list
	case b.list != nil && a.list != b.list && !slices.Equal(*a.list, *b.list):
		names := slices.Concat(*a.list, *b.list)
		slices.Sort(names)
		names = slices.Compact(names)
		u.list = &names
	}
	return u
}
