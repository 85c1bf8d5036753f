package spec

import (
	"encoding/json"
	"slices"
)

// How a definition differs between two strategies.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
	Follows = "follows" // it reads as before, and something that it is made of has changed
)

// Change is what differs in one definition.
type Change struct {
	Kind string `json:"kind"`           // "metric", "dimension" and so on; "strategy" is what it says of itself
	Name string `json:"name,omitempty"` // "" of a strategy
	How  string `json:"how"`
}

// Compare says in what a strategy differs from an older one, section by
// section: what is new or changed in its order, then what is gone. Titles,
// reasons and layout do not matter.
func Compare(older, newer *Strategy) []Change {
	var list []Change
	before, after := sections(older), sections(newer)
	for i, section := range after {
		for _, d := range section.parts {
			at := slices.IndexFunc(before[i].parts, func(x part) bool { return x.Name == d.Name })
			switch {
			case at < 0:
				list = append(list, Change{section.kind, d.Name, Added})
			case written(before[i].parts[at].Def) != written(d.Def):
				list = append(list, Change{section.kind, d.Name, Changed})
			case older.HashOf(d.Name) != newer.HashOf(d.Name):
				list = append(list, Change{section.kind, d.Name, Follows})
			}
		}
		for _, d := range before[i].parts {
			if !slices.ContainsFunc(section.parts, func(x part) bool { return x.Name == d.Name }) {
				list = append(list, Change{section.kind, d.Name, Removed})
			}
		}
	}
	return list
}

// part is a definition without places, titles and reasons.
type part struct {
	Name string
	Def  any
}

// section holds the definitions of one kind.
type section struct {
	kind  string
	parts []part
}

// sections returns all that can change a result.
func sections(s *Strategy) []section {
	return []section{
		{"strategy", []part{{"", []any{s.Currency, s.Zone.String(), s.FiscalStart, s.Grain, text(s.BaseWhen), s.LateRenewalGrace, s.FxBasis, s.Hierarchy, spans(s.Quiet)}}}},
		{"fact", parts(s.Kinds, func(i int) part { return part{s.Kinds[i].Name, plainKind(s.Kinds[i])} })},
		{"source", parts(s.Sources, func(i int) part { return part{s.Sources[i].Name, plainSource(s.Sources[i])} })},
		{"metric", parts(s.Metrics, func(i int) part { return part{s.Metrics[i].Name, plainMetric(s.Metrics[i])} })},
		{"dimension", parts(s.Dimensions, func(i int) part { return part{s.Dimensions[i].Name, plainDimension(s.Dimensions[i])} })},
		{"segmentation", parts(s.Segmentations, func(i int) part { return part{s.Segmentations[i].Name, plainSegmentation(s.Segmentations[i])} })},
		{"audience", parts(s.Audiences, func(i int) part {
			return part{s.Audiences[i].Name, []any{s.Audiences[i].Grain, text(s.Audiences[i].When)}}
		})},
	}
}

func parts[T any](list []T, of func(i int) part) []part {
	out := make([]part, len(list))
	for i := range list {
		out[i] = of(i)
	}
	return out
}

// written returns a definition as text: equal ones have equal texts.
func written(def any) string {
	text, err := json.Marshal(def)
	if err != nil { // numbers in files are finite
		return ""
	}
	return string(text)
}
