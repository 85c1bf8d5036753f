package suggest

import "fmt"

// Plain is how names are compared.
func Plain(name string) string { return plain(name) }

// DatedPattern is the pattern of a file whose name has a date.
func DatedPattern(file string) string { return datedPattern(file) }

// ScaleOf returns the factor, currency and rest of a column's name that names a
// scale.
func ScaleOf(name string) string {
	s, ok := scaleOf(name)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d %s %s", s.factor, s.currency, s.rest)
}

// Asks gives tests the search of formulas for columns.
var Asks = asks
