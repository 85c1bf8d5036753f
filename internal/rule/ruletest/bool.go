package ruletest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/rule"
)

var equalities = []string{"==", "!="}

var orders = []string{"==", "!=", "<", "<=", ">", ">="}

func (g *generator) bool(depth int) string {
	if depth <= 0 || g.r.IntN(8) == 0 {
		return g.leaf(rule.TypeBool, pick(g.r, []string{"true", "false"}))
	}
	if s := g.choice(depth, g.bool); s != "" {
		return s
	}
	switch g.r.IntN(12) {
	case 0, 1:
		return g.junction("&&", depth)
	case 2, 3:
		return g.junction("||", depth)
	case 4:
		return fmt.Sprintf("!(%s)", g.bool(depth-1))
	case 5:
		return fmt.Sprintf("known(%s)", g.expr(rule.Type(1+g.r.IntN(6)), depth-1))
	case 6:
		return g.quantified(depth)
	case 7:
		return g.membership(depth)
	case 8:
		return g.textTest(depth)
	case 9:
		return g.levelTest(depth)
	default:
		return g.comparison(depth)
	}
}

func (g *generator) junction(sign string, depth int) string {
	parts := make([]string, 2+g.r.IntN(2))
	for i := range parts {
		parts[i] = g.bool(depth - 1)
	}
	return "(" + strings.Join(parts, " "+sign+" ") + ")"
}

func (g *generator) comparison(depth int) string {
	signs, a, b := orders, "", ""
	switch g.r.IntN(6) {
	case 0:
		signs, a, b = equalities, g.bool(depth-1), g.bool(depth-1)
	case 1:
		a, b = g.text(depth-1), g.text(depth-1)
	case 2:
		a, b = g.time(depth-1), g.time(depth-1)
	case 3:
		a, b = g.duration(depth-1), g.duration(depth-1)
	default:
		u := g.unit()
		a, b = g.number(u, depth-1), g.number(u, depth-1)
		if v := g.ofUnit(u); v != "" && g.r.IntN(2) == 0 {
			a = v // the bare variable is what people write, and what bounds need
		}
	}
	return fmt.Sprintf("(%s %s %s)", a, pick(g.r, signs), b)
}

func (g *generator) membership(depth int) string {
	switch g.r.IntN(5) {
	case 0:
		return fmt.Sprintf("(%s in %s)", g.text(depth-1), g.listLiteral(texts, 1))
	case 1:
		return fmt.Sprintf("(%s in [%s, %s])", g.number(g.unit(), depth-1), g.numberLiteral(), g.numberLiteral())
	case 2:
		return fmt.Sprintf("(%s in [date(%q), date(%q)])", g.time(depth-1), pick(g.r, dates), pick(g.r, dates))
	case 3:
		return fmt.Sprintf("(%s in [%s])", g.duration(depth-1), pick(g.r, spans))
	default:
		list := g.list(depth - 1)
		if list == "[]" { // the one list that in refuses
			list = g.listLiteral(texts, 1)
		}
		return fmt.Sprintf("(%s in %s)", g.text(depth-1), list)
	}
}

func (g *generator) textTest(depth int) string {
	if g.r.IntN(3) == 0 {
		return fmt.Sprintf("(%s).matches(%s)", g.anyText(depth-1), strconv.Quote(pick(g.r, patterns)))
	}
	test := pick(g.r, []string{"contains", "startsWith", "endsWith"})
	return fmt.Sprintf("(%s).%s(%s)", g.anyText(depth-1), test, g.anyText(depth-1))
}

// levelTest asks for levels of a closed set.
func (g *generator) levelTest(depth int) string {
	name, levels := g.level()
	if name == "" {
		return g.comparison(depth)
	}
	level := func() string { return strconv.Quote(pick(g.r, levels)) }
	if list, set := g.levelList(); list != "" && g.r.IntN(4) == 0 {
		return fmt.Sprintf("(%q in %s)", pick(g.r, set), list)
	}
	switch g.r.IntN(4) {
	case 0:
		return fmt.Sprintf("(%s in %s)", name, g.listLiteral(levels, 1))
	case 1:
		return fmt.Sprintf("(%s.or(%s) %s %s)", name, level(), pick(g.r, equalities), level())
	case 2:
		return fmt.Sprintf("((%s ? %s : %s) == %s)", g.bool(depth-1), name, level(), level())
	default:
		return fmt.Sprintf("(%s %s %s)", name, pick(g.r, equalities), level())
	}
}

// quantified asks about the items of a list. It does not nest.
func (g *generator) quantified(depth int) string {
	if g.item != "" {
		return g.textTest(depth)
	}
	list, levels := g.levelList()
	if list == "" || g.r.IntN(3) > 0 {
		list, levels = g.list(depth-1), nil
	}
	item := "t"
	for slices.ContainsFunc(g.env, func(v rule.Variable) bool { return v.Name == item }) {
		item += "_"
	}
	g.item, g.itemLevels = item, levels
	body := g.bool(depth - 1)
	g.item, g.itemLevels = "", nil
	return fmt.Sprintf("(%s).%s(%s, %s)", list, pick(g.r, []string{"exists", "all"}), item, body)
}

// levelList returns a variable whose items come from a closed set, and the set.
func (g *generator) levelList() (name string, levels []string) {
	for _, v := range g.env {
		if v.Type == rule.TypeTextList && v.Levels != nil {
			return v.Name, v.Levels
		}
	}
	return "", nil
}
