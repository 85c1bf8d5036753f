package rule

import (
	"sort"

	"cel.dev/cel-go/common/ast"
)

// start returns the character where the parser places an expression: the first
// of a name or literal, the sign of an operator, the bracket of a call.
func (c *checker) start(e ast.Expr) int {
	r, ok := c.info.GetOffsetRange(e.ID())
	if !ok || int(r.Start) >= len(c.text) || r.Start < 0 {
		return 0
	}
	return int(r.Start)
}

// token returns the index of the token that the character lies in.
func (p *parsed) token(at int) int {
	i := sort.Search(len(p.tokens), func(i int) bool { return p.tokens[i].to > at })
	return min(i, len(p.tokens)-1)
}

// matching pairs the tokens of opening and closing brackets, both ways.
func matching(p *parsed) map[int]int {
	pairs := map[int]int{}
	var open []int
	for i, t := range p.tokens {
		if t.kind != tokenSign {
			continue
		}
		switch p.text[t.from] {
		case '(', '[', '{':
			open = append(open, i)
		case ')', ']', '}':
			if len(open) > 0 {
				o := open[len(open)-1]
				open = open[:len(open)-1]
				pairs[o], pairs[i] = i, o
			}
		}
	}
	return pairs
}

// bracket returns the span from an opening bracket to its partner.
func (c *checker) bracket(at int) (from, to int) {
	i := c.token(at)
	if partner, ok := c.closing[i]; ok {
		return at, c.tokens[partner].to
	}
	return at, c.tokens[i].to
}

// balance widens a span until every bracket in it has its partner inside.
func (c *checker) balance(from, to int) (int, int) {
	if len(c.closing) == 0 {
		return from, to
	}
	first := c.token(from)
	for i := first; i < len(c.tokens) && c.tokens[i].from < to; i++ {
		if partner, ok := c.closing[i]; ok {
			from, to = min(from, c.tokens[partner].from), max(to, c.tokens[partner].to)
		}
	}
	return from, to
}
