package suggest

import (
	"github.com/zeebo/xxh3"

	"github.com/segue-cs/segue/internal/fact"
)

// takeNA makes NA a value of a column of texts: North America, or Namibia. In one
// of numbers or dates it is none.
func (c *Column) takeNA() {
	if c.Filled > 0 && (c.IsNumber() || c.IsDate() || c.IsBool()) {
		return
	}
	for _, text := range []string{"NA", "na", "Na"} {
		n := c.Nothing[text]
		if n == 0 || c.Filled == 0 {
			continue
		}
		delete(c.Nothing, text)
		c.names = append(c.names, text)
		c.Filled += n
		c.Repeats = c.Repeats || n > 1
		c.values.add(xxh3.HashString(text))
		if c.Values != nil {
			c.Values[text] += n
		}
		if len(c.Examples) < maxExamples {
			c.Examples = append(c.Examples, text)
		}
	}
}

// Column returns the column of that name.
func (t Table) Column(name string) (Column, bool) {
	for _, c := range t.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}

// IsUnique reports whether no value comes twice, and there are values in all
// but a few rows.
func (c Column) IsUnique() bool {
	if c.Filled == 0 || c.Filled*100 < c.Rows*98 {
		return false
	}
	return !c.Repeats
}

// Within returns the share of the column's different values that another
// column has as well.
func (c Column) Within(other Column) float64 {
	if c.values == nil || other.values == nil {
		return 0
	}
	return c.values.within(other.values)
}

// nearly is the share of values that must agree before a column is taken to
// hold something: exports have bad rows.
const nearly = 0.97

func (c Column) most(n int64) bool { return c.Filled > 0 && float64(n) >= nearly*float64(c.Filled) }

// mostButFew is most for what hardly anything else is written like: in a short
// column one value in five may differ, up to two in all.
func (c Column) mostButFew(n int64) bool {
	return c.most(n) || n > 0 && c.Filled-n <= min(2, c.Filled/5)
}

// IsNumber reports whether nearly all values are numbers.
func (c Column) IsNumber() bool { return c.mostButFew(c.Numbers.Any) }

// isEmail reports whether nearly all values are e-mail addresses.
func (c Column) isEmail() bool { return c.mostButFew(c.Emails) }

// hasFractions reports whether the column holds numbers that are not all whole.
func (c Column) hasFractions() bool { return c.IsNumber() && c.Numbers.Fractions > 0 }

// IsBool reports whether nearly all values are yes or no.
func (c Column) IsBool() bool { return c.most(c.Bools) && c.Distinct <= 4 }

// Layouts returns how the column writes its dates, as a mapping declares it: none
// for a column of something else, two for one that can be read in two ways.
func (c Column) Layouts() []string {
	if len(c.Dates) == 0 {
		return nil
	}
	w := c.written.Dates()
	if !c.mostButFew(c.In(w.As).Values) {
		return nil
	}
	if w.Other != "" {
		return []string{w.As, w.Other}
	}
	return []string{w.As}
}

// In returns the days of the values that can be read by layouts, each value once.
func (c Column) In(layouts string) Days {
	var all Days
	for _, layout := range fact.SplitLayouts(layouts) {
		d := c.Dates[layout]
		if d.Values == 0 {
			continue
		}
		if all.Values == 0 || d.Min < all.Min {
			all.Min = d.Min
		}
		if all.Values == 0 || d.Max > all.Max {
			all.Max = d.Max
		}
		all.Values += d.Values
	}
	return all
}

// IsDate reports whether nearly all values are days in one layout.
func (c Column) IsDate() bool { return len(c.Layouts()) > 0 }
