package query

import "fmt"

// heavy is how many nodes a value may have to be written more than once.
const heavy = 64

// once returns what use makes of a value that it may use several times. A heavy
// value is computed first and named, so that rules do not grow with each of
// their levels.
func (l *lowering) once(e Expr, use func(Expr) Expr) Expr {
	return l.onceAll([]Expr{e}, func(list []Expr) Expr { return use(list[0]) })
}

// onceAll is once for several values.
func (l *lowering) onceAll(list []Expr, use func([]Expr) Expr) Expr {
	type let struct {
		name string
		of   Expr
	}
	var lets []let
	light := make([]Expr, len(list))
	for i, e := range list {
		light[i] = e
		if nodes(e, heavy) > heavy {
			l.named++
			lets = append(lets, let{fmt.Sprintf("value_%d", l.named), e})
			light[i] = Item{Name: lets[len(lets)-1].name}
		}
	}
	result := use(light)
	for _, x := range lets {
		result = call(ListFirst, call(ListApply, call(ListOf, x.of), Lambda{Item: x.name, Body: result}))
	}
	return result
}

// nodes counts the parts of a value, up to little more than the most asked for.
func nodes(e Expr, most int) int {
	n := 1
	count := func(parts ...Expr) {
		for _, p := range parts {
			if p != nil && n <= most {
				n += nodes(p, most-n)
			}
		}
	}
	switch e := e.(type) {
	case Call:
		count(e.Args...)
		if e.Fn == NullIfZero { // engines write its operand out twice
			count(e.Args...)
		}
	case Case:
		for _, w := range e.Whens {
			count(w.If, w.Then)
		}
		count(e.Else)
	case Lambda:
		count(e.Body)
	}
	return n
}
