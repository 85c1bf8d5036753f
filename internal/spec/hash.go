package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
)

// digest returns the hash of a strategy: of everything but places, titles and
// reasons, with definitions sorted by name where their order means nothing.
func digest(s *Strategy) string {
	var parts []part
	for _, section := range sections(s) {
		for _, d := range section.parts {
			if section.kind == "strategy" {
				d.Name = "head"
			} else {
				d.Name = section.kind + " " + d.Name
			}
			parts = append(parts, d)
		}
	}
	slices.SortFunc(parts, func(a, b part) int { return strings.Compare(a.Name, b.Name) })
	written, err := json.Marshal(parts)
	if err != nil { // numbers in files are finite
		return ""
	}
	sum := sha256.Sum256(written)
	return hex.EncodeToString(sum[:])
}

// HashOf returns the hash of a dimension or segmentation and of all that it is
// made of, "" for none of the name.
func (s *Strategy) HashOf(name string) string {
	parts := map[string]any{}
	s.plain(name, parts)
	if parts[name] == nil {
		return ""
	}
	written, err := json.Marshal(parts)
	if err != nil { // numbers in files are finite
		return ""
	}
	sum := sha256.Sum256(written)
	return hex.EncodeToString(sum[:16])
}

// MadeOf returns the metrics, dimensions and segmentations that a definition is
// made of, itself among them, in order.
func (s *Strategy) MadeOf(name string) []string {
	parts := map[string]any{}
	s.plain(name, parts)
	return slices.Sorted(maps.Keys(parts))
}

// plain adds a definition and what it is made of.
func (s *Strategy) plain(name string, parts map[string]any) {
	name = strings.TrimPrefix(name, "account.")
	if parts[name] != nil {
		return
	}
	var names []string
	if m, ok := s.Metric(name); ok {
		parts[name] = plainMetric(m)
		names = append(append(names, m.Rank), m.Within...)
		names = append(names, readBy(m.Is, m.When)...)
	}
	if d, ok := s.Dimension(name); ok {
		parts[name] = plainDimension(d)
		names = append(append(names, d.Of, d.Trait), d.Within...)
		for _, c := range d.Score {
			names = append(names, c.Of)
		}
		for _, p := range d.Points {
			names = append(names, readBy(p.When)...)
		}
		for _, l := range d.Levels {
			names = append(names, readBy(l.When)...)
		}
	}
	if d, ok := s.Segmentation(name); ok {
		parts[name] = plainSegmentation(d)
		for _, x := range d.Segments {
			names = append(names, readBy(x.When)...)
		}
	}
	for _, used := range names {
		s.plain(used, parts)
	}
}

// readBy returns the names that conditions and formulas read.
func readBy(list ...*rule.Expr) []string {
	var names []string
	for _, x := range list {
		if x != nil {
			names = append(names, x.Names()...)
		}
	}
	return names
}

// spans returns quiet spans without what happens then.
func spans(q metric.Quiet) []period.Yearly {
	var list []period.Yearly
	for _, span := range q {
		list = append(list, span.Yearly)
	}
	return list
}

// text returns a condition without the layout of its source.
func text(x *rule.Expr) string {
	if x == nil {
		return ""
	}
	return keyOf(x.Root())
}

func plainKind(k fact.Kind) any {
	k.Title, k.Why, k.Pos = "", "", diag.Pos{}
	k.Columns = slices.Clone(k.Columns)
	for i := range k.Columns {
		k.Columns[i].Title, k.Columns[i].Why, k.Columns[i].Pos = "", "", diag.Pos{}
	}
	return k
}

func plainSource(m fact.Mapping) any {
	m.Title, m.Pos = "", diag.Pos{}
	m.Columns = slices.Clone(m.Columns)
	for i := range m.Columns {
		m.Columns[i].Pos = diag.Pos{}
	}
	formulas := []string{text(m.Where)}
	for _, b := range m.Columns {
		formulas = append(formulas, text(b.Is))
	}
	if strings.Join(formulas, "") == "" {
		return m
	}
	return []any{m, formulas}
}

func plainMetric(m metric.Definition) any {
	return []any{
		m.Form, m.Type, m.Unit, m.Kind, m.Aggregate, m.Column, text(m.Where), m.Over, m.Between,
		text(m.Is), text(m.When), m.Rank, m.Within, m.Missing,
	}
}

func plainDimension(d dimension.Definition) any {
	type level struct {
		Name  string
		Cut   dimension.CutKind
		Bound float64
		When  string
	}
	var levels []level
	for _, l := range d.Levels {
		if l.Cut == dimension.Lowest {
			l.Bound = 0 // says nothing
		}
		levels = append(levels, level{l.Name, l.Cut, l.Bound, text(l.When)})
	}
	var parts []any
	for _, c := range d.Score {
		parts = append(parts, []any{c.Of, c.From, c.To, c.Weight})
	}
	for _, p := range d.Points {
		parts = append(parts, []any{text(p.When), p.Points})
	}
	d.Hold.Pos = diag.Pos{}
	return []any{d.Form, d.Of, d.Above, d.Within, d.Review, parts, d.MinEvidence, d.Trait, levels, d.Hold}
}

func plainSegmentation(d segmentation.Definition) any {
	var segments []any
	for _, s := range d.Segments {
		segments = append(segments, []any{s.Name, text(s.When), s.Touch, s.Was})
	}
	d.Hold.Pos = diag.Pos{}
	return []any{d.Grain, d.OnUnknown, d.Ordered, segments, d.Hold}
}
