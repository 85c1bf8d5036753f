package rule

// Trace is how a value came about: every part of the expression with its own
// value, those included that could not matter.
type Trace struct {
	Node  *Node
	Value Value

	// Args are the traces of the node's Args, in order. For OpExists and OpAll,
	// Args[0] is the list, and after it comes the condition once for each item.
	Args []*Trace
}

// Trace returns the value of the expression with the values of all its parts.
// The value is the one that Eval returns.
func (x *Expr) Trace(lookup LookupFunc) *Trace {
	m := machine{lookup: lookup}
	return m.trace(x.root)
}

func (m *machine) trace(n *Node) *Trace {
	t := &Trace{Node: n}
	if n.Op == OpExists || n.Op == OpAll {
		m.traceItems(t)
		return t
	}
	for _, a := range n.Args {
		t.Args = append(t.Args, m.trace(a))
	}
	t.Value = m.combine(n, t.Args)
	return t
}

func (m *machine) traceItems(t *Trace) {
	list := m.trace(t.Node.Args[0])
	t.Args = append(t.Args, list)
	if t.Value = exact(list.Node, list.Value); t.Value.IsUnknown() {
		return
	}
	op, v := quantifier(t.Node.Op)
	for _, s := range list.Value.List() {
		m.item = Text(s)
		item := m.trace(t.Node.Args[1])
		t.Args = append(t.Args, item)
		v = junction(op, v, item.Value)
	}
	t.Value = v
}

// combine returns the value of a node from those of its parts.
func (m *machine) combine(n *Node, args []*Trace) Value {
	known := func(i int) Value { return exact(args[i].Node, args[i].Value) }
	switch {
	case len(args) == 0:
		return m.eval(n)
	case n.Op.IsComparison():
		return compare(n.Op, args[0].Value, args[1].Value, n.Args)
	}
	switch n.Op {
	case OpAnd, OpOr, OpMin, OpMax:
		fold := junction
		if n.Op == OpMin || n.Op == OpMax {
			fold = extreme
		}
		v := known(0)
		for i := 1; i < len(args); i++ {
			v = fold(n.Op, v, known(i))
		}
		return v
	case OpIf:
		switch cond := known(0); {
		case cond.IsTrue():
			return known(1)
		case cond.IsFalse():
			return known(2)
		default:
			return cond
		}
	case OpIn:
		return in(known(0), n.Args[1:])
	case OpKnown:
		return Bool(!args[0].Value.IsUnknown())
	case OpOrElse:
		if v := known(0); !v.IsUnknown() {
			return v
		}
		return known(1)
	}
	if len(args) == 1 {
		return unary(n, known(0))
	}
	return binary(n, known(0), known(1))
}
