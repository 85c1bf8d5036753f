package suggest

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"
)

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// letters are what accents and umlauts become in names.
var letters = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "é", "e", "è", "e", "ê", "e", "à", "a", "â", "a",
	"ç", "c", "ô", "o", "î", "i", "û", "u", "ñ", "n", "&", " and ", "#", " number ")

// plain writes a name in small letters, figures and _: "Close Date" and
// "closeDate" are both close_date.
func plain(name string) string {
	name = strings.TrimPrefix(name, "\ufeff")
	var spaced strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) && startsWord(runes, i) {
			spaced.WriteByte('_')
		}
		spaced.WriteRune(unicode.ToLower(r))
	}
	var b strings.Builder
	for _, r := range letters.Replace(spaced.String()) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	return strings.Trim(b.String(), "_")
}

// startsWord reports whether a capital letter begins a word: that of Date in
// closeDate and in ARRDate, not the last of SaaS.
func startsWord(runes []rune, i int) bool {
	followed := i+1 < len(runes) && unicode.IsLetter(runes[i+1])
	if !unicode.IsUpper(runes[i-1]) {
		return unicode.IsLetter(runes[i-1]) && followed || unicode.IsDigit(runes[i-1])
	}
	return followed && unicode.IsLower(runes[i+1]) && i+2 < len(runes)
}

// bare is the plain name without its scale and without what tools put around it: property_ of
// HubSpot's tables, _c of Salesforce's own fields, agent_ of Pendo's, and the
// table before the point where it is one of many: "subscriptions.started_at" is
// started_at, and "customers.id" customer_id.
func bare(name string) string {
	if table, column, ok := strings.Cut(withoutScale(name), "."); ok && single(plain(table)) != plain(table) && plain(column) != "" {
		if name = column; plain(column) == "id" {
			name = single(plain(table)) + "_id"
		}
	}
	name = plain(withoutScale(name))
	for _, prefix := range []string{"property_", "properties_", "agent_", "metadata_"} {
		name = strings.TrimPrefix(name, prefix)
	}
	for _, suffix := range []string{"_open_ended_response", "_response", "_c"} { // of SurveyMonkey, and of Salesforce
		if rest := strings.TrimSuffix(name, suffix); len(rest) > 2 {
			name = rest
		}
	}
	return strings.TrimSuffix(name, "_")
}

// identifier makes a name that a strategy may use.
func identifier(text string) string {
	name := plain(text)
	if name == "" {
		return "column"
	}
	if name[0] >= '0' && name[0] <= '9' {
		name = "n" + name
	}
	return name
}

// SheetTable names a sheet of a workbook: "book.xlsx (Contracts)"; without a
// sheet it is the file.
func SheetTable(file, sheet string) string {
	if sheet == "" {
		return file
	}
	return file + " (" + sheet + ")"
}

// File returns the file that a table stands in, as the strategy names it.
func (t Table) File() string {
	if t.Sheet == "" {
		return t.Name
	}
	return strings.TrimSuffix(t.Name, " ("+t.Sheet+")")
}

// anySheet are names of sheets that do not say of what, but for their number.
var anySheet = []string{"sheet", "tabelle", "blatt", "feuil", "feuille", "hoja", "foglio", "planilha", "data", "export"}

// words is what a table is about: the name of its sheet, or of its file where
// the sheet has none of its own.
func (t Table) words() []string {
	if t.Sheet != "" {
		own := slices.DeleteFunc(stem(t.Sheet), func(w string) bool { return slices.Contains(anySheet, strings.TrimRight(w, "0123456789")) })
		if len(own) > 0 {
			return own
		}
	}
	return stem(t.File())
}

// stem is what a file is about, in words: "ravenstack_support_tickets.csv.gz"
// is ravenstack, support, tickets.
func stem(file string) []string {
	base := file[strings.LastIndexByte(file, '/')+1:]
	base, _, _ = strings.Cut(base, ".")
	words := strings.FieldsFunc(plain(base), func(r rune) bool { return r == '_' })
	return slices.DeleteFunc(words, func(w string) bool { return strings.Trim(w, "0123456789") == "" })
}

// single is a word without the ending of its plural.
func single(word string) string {
	switch {
	case strings.HasSuffix(word, "ies") && len(word) > 4:
		return word[:len(word)-3] + "y"
	case strings.HasSuffix(word, "sses"):
		return word[:len(word)-2]
	case strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") && len(word) > 3:
		return word[:len(word)-1]
	}
	return word
}
