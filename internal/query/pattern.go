package query

import "regexp/syntax"

// matches asks whether a pattern matches in a text. One that only spells a text
// out needs no search for patterns.
func matches(text Expr, pattern string) Expr {
	parts := []*syntax.Regexp{}
	if tree, err := syntax.Parse(pattern, syntax.Perl); err == nil {
		parts = append(parts, tree)
		if tree.Op == syntax.OpConcat {
			parts = tree.Sub
		}
	}
	starts := len(parts) > 0 && parts[0].Op == syntax.OpBeginText
	if starts {
		parts = parts[1:]
	}
	ends := len(parts) > 0 && parts[len(parts)-1].Op == syntax.OpEndText
	if ends {
		parts = parts[:len(parts)-1]
	}
	if len(parts) != 1 || parts[0].Op != syntax.OpLiteral || parts[0].Flags&syntax.FoldCase != 0 {
		return call(Matches, text, lit(pattern))
	}
	spelled := lit(string(parts[0].Rune))
	switch {
	case starts && ends:
		return call(Eq, text, spelled)
	case starts:
		return call(HasPrefix, text, spelled)
	case ends:
		return call(HasSuffix, text, spelled)
	default:
		return call(Contains, text, spelled)
	}
}
