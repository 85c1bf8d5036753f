package fact

import "cmp"

// bindWriting resolves how the cell's columns are written: as the mapping
// declares, else as was found on the whole column, else it is open.
func (b *binder) bindWriting(c *cell, binding Binding) {
	if c.from == nil {
		return
	}
	names := binding.Product
	if len(names) == 0 {
		names = []string{binding.From}
	}
	use := asNumber
	if c.column.Type == Money && len(names) == 1 && !c.minor {
		use = asMoney
	}
	switch c.column.Type {
	case Number, Money:
		for i, name := range names {
			c.numbers = append(c.numbers, b.numbers(binding, name, c.from[i], use))
		}
	case Date, Time:
		c.date = b.dates(binding, names[0], c.from[0])
	}
}

// numbers returns how a column of the file writes numbers.
func (b *binder) numbers(binding Binding, name string, field int, use numberUse) *numberColumn {
	name = b.called(field, name)
	declared := cmp.Or(binding.Numbers, b.m.Numbers)
	c := &numberColumn{name: name, style: styleOf(declared), settled: declared != "", field: field, use: use, at: &binding}
	if c.settled {
		return c
	}
	if found, ok := b.m.Found.Numbers[name]; ok {
		c.style, c.settled = styleOf(found), true
		return c
	}
	for _, known := range b.d.numbers {
		if known.name == name && known.field == field {
			known.use = max(known.use, use)
			return known
		}
	}
	b.d.numbers = append(b.d.numbers, c)
	return c
}

// dates returns how a column of the file writes dates.
func (b *binder) dates(binding Binding, name string, field int) *dateColumn {
	name = b.called(field, name)
	c := &dateColumn{name: name, layout: b.layout(binding), field: field, at: &binding}
	if c.layout != nil {
		c.settled = true
		return c
	}
	if found, ok := b.m.Found.Dates[name]; ok {
		c.settled = true
		if l, err := parseLayout(found, b.m.YearsFrom); err == nil && found != isoDates {
			c.layout = l
		}
		return c
	}
	for _, known := range b.d.days {
		if known.name == name && known.field == field {
			return known
		}
	}
	b.d.days = append(b.d.days, c)
	return c
}
