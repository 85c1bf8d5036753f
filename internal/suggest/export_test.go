package suggest

// DateLayouts returns the layouts in which a text can be read as a day.
func DateLayouts(text string) []string {
	var list []string
	for _, f := range dateForms(text) {
		list = append(list, f.layout)
	}
	return list
}

// NumberForms says how a text can be read as a number, and what it is then.
func NumberForms(text string) (forms string, value float64, currency string) {
	w, ok := readNumber(text)
	if !ok {
		return "", 0, ""
	}
	for _, f := range []struct {
		is   bool
		name string
	}{{w.plain, "plain "}, {w.point, "point "}, {w.comma, "comma "}} {
		if f.is {
			forms += f.name
		}
	}
	return forms, w.value, w.currency
}

// Plain is how names are compared.
func Plain(name string) string { return plain(name) }

// DatedPattern is the pattern of a file whose name has a date.
func DatedPattern(file string) string { return datedPattern(file) }
