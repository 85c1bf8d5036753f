package query

import (
	"slices"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
)

// Link is a column by which a line names another of the same account: the one
// that it supersedes, or renews.
type Link struct{ Kind, Column string }

// Links returns the links that decide which lines are in force.
func Links(d Definitions, s Stored) []Link {
	var list []Link
	for _, k := range d.Kinds {
		if _, ok := k.Column("id"); !ok || k.Timing != fact.Term || s.Kinds[k.Name].Rows == 0 {
			continue
		}
		if _, ok := k.Column("supersedes"); ok && s.Kinds[k.Name].Replaces {
			list = append(list, Link{k.Name, "supersedes"})
		}
		if _, ok := k.Column("renews"); ok && d.LateRenewalGrace > 0 {
			list = append(list, Link{k.Name, "renews"})
		}
	}
	return list
}

// Linked reads the lines that name another and are named by one, which those
// that go in circles are among. Rows: row, key of the account, line, line that
// it names; both lines as codes. keys, when not nil, are the accounts' keys
// that are looked at.
func Linked(d Definitions, s Stored, l Link, asOf period.Date, keys []int64) Plan {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s}
	k, _ := c.kind(l.Kind)
	lines := Select{From: from("fact_"+l.Kind, "f")}
	lines.Where = all(c.visible(&lines, l.Kind, "f"), call(IsNotNull, col("f", l.Column)), ofKeys(keys))
	lines.Columns = []Column{
		as("row", col("f", "_row")), as("key", col("f", "_key")), as("line", col("f", "id")), as("names", col("f", l.Column)),
	}
	of := "key"
	if s.severalKeys() {
		of = "of"
		lines.Columns = append(lines.Columns, as(of, c.keyOfNamed(&lines, k, "f", l.Column, asOf)))
	}
	c.plan.add("naming", l.Kind+" lines that name another under "+l.Column, lines)
	same := func(alias, itsKey, other, key, column string) Expr {
		return call(And, call(Eq, col(alias, itsKey), col("n", key)), call(Eq, col(alias, other), col("n", column)))
	}
	c.plan.add("linked", "those that are named themselves", Select{
		Columns: []Column{star("n")}, From: from("naming", "n"),
		Joins: []Join{
			{Kind: SemiJoin, Source: from("naming", "before"), On: same("before", of, "names", "key", "line")},
			{Kind: SemiJoin, Source: from("naming", "after"), On: same("after", "key", "line", of, "names")},
		},
		OrderBy: []Order{{By: col("n", "row")}},
	})
	return c.plan
}

// ofKeys keeps the facts of some keys; nil is all of them.
func ofKeys(keys []int64) Expr {
	if keys == nil {
		return nil
	}
	if len(keys) == 0 {
		return lit(false)
	}
	args := []Expr{col("f", "_key")}
	for _, key := range keys {
		args = append(args, lit(key))
	}
	return call(In, args...)
}

// LineNames reads how lines and their accounts are called. Rows: row, id of the
// account, id of the line; by account and line.
func LineNames(d Definitions, kind string, rows []int64) Plan {
	c := &compiler{defs: d}
	k, _ := c.kind(kind)
	id, _ := k.Column("id")
	in := []Expr{col("f", "_row")}
	for _, row := range rows {
		in = append(in, lit(row))
	}
	s := Select{
		From: from("fact_"+kind, "f"), Where: call(In, in...),
		Joins: []Join{{Kind: InnerJoin, Source: from("key", "k"), On: call(Eq, col("k", "key"), col("f", "_key"))}},
	}
	line := decoder(&s)(k.TextDomain(id), col("f", "id"))
	s.Columns = []Column{as("row", col("f", "_row")), as("account", col("k", "id")), as("line", line)}
	s.OrderBy = []Order{{By: col("k", "id")}, {By: line}, {By: col("f", "_row")}}
	c.plan.add("named", "the lines and their accounts", s)
	return c.plan
}

// LinkedLine is a line that names another of the same account. A line is known
// by its key and its code: Key and Line, Of and Names.
type LinkedLine struct{ Row, Key, Line, Of, Names int64 }

// Circles returns the lines whose links lead back to themselves, circle by
// circle: a line that names itself, two that name each other, and so on. The
// circles are ordered by their first line's row, and each follows the links.
func Circles(list []LinkedLine) [][]LinkedLine {
	type node struct{ key, line int64 }
	for rest := -1; rest != len(list); {
		rest = len(list)
		named, naming := map[node]bool{}, map[node]bool{}
		for _, l := range list {
			named[node{l.Of, l.Names}], naming[node{l.Key, l.Line}] = true, true
		}
		list = slices.DeleteFunc(slices.Clone(list), func(l LinkedLine) bool {
			return !named[node{l.Key, l.Line}] || !naming[node{l.Of, l.Names}]
		})
	}
	next := map[node][]int{}
	for i, l := range list {
		next[node{l.Key, l.Line}] = append(next[node{l.Key, l.Line}], i)
	}
	var circles [][]LinkedLine
	seen := make([]bool, len(list))
	for i := range list {
		var circle []LinkedLine
		for at := []int{i}; len(at) > 0; at = at[1:] {
			if seen[at[0]] {
				continue
			}
			seen[at[0]] = true
			l := list[at[0]]
			circle = append(circle, l)
			at = append(at, next[node{l.Of, l.Names}]...)
		}
		if circle != nil {
			circles = append(circles, circle)
		}
	}
	return circles
}
