package suggest

import (
	"slices"

	"github.com/segue-cs/segue/internal/fact"
)

// ownTypes are what the words stand for that no fact kind has, and the columns
// of the kind order_line.
var ownTypes = map[string]fact.Type{
	"mrr": fact.Money, "amount": fact.Money, "minor_amount": fact.Money, "price": fact.Number, "profit": fact.Money,
	"discount": fact.Number, "quantity": fact.Number, "at": fact.Time, "invoice": fact.Text, "status": fact.Text,
	"manager": fact.Text, "product": fact.Text, "account": fact.Account,
}

// typeOf returns what a column of a kind holds.
func typeOf(kinds []fact.Kind, kind, column string) fact.Type {
	for _, k := range kinds {
		if k.Name != kind {
			continue
		}
		if c, ok := k.Bindable(column); ok {
			return c.Type
		}
	}
	if t, ok := ownTypes[column]; ok {
		return t
	}
	return fact.Text
}

// fits reports whether a column of a file can fill one of that type.
func fits(c Column, t fact.Type) bool {
	switch t {
	case fact.Number, fact.Money:
		return c.IsNumber() && !c.onlyCompactDates()
	case fact.Date, fact.Time:
		return c.IsDate()
	case fact.Bool:
		return c.IsBool()
	case fact.Account, fact.Contact:
		return !c.IsBool() && !c.hasFractions() && (!c.IsDate() || c.IsNumber())
	}
	return true
}

// onlyCompactDates reports whether numbers are days such as 20260131.
func (c Column) onlyCompactDates() bool {
	return slices.Equal(c.Layouts(), []string{"Ymd"}) && c.Filled > 0
}
