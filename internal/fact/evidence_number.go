package fact

import (
	"bytes"
	"fmt"
)

// sighting is how often something was seen, and where first.
type sighting struct {
	count int64
	line  int
	text  string
}

func (s *sighting) add(line int, text []byte) {
	if s.count == 0 {
		s.line, s.text = line, excerpt(text, reasonRunes)
	}
	s.count++
}

// numberEvidence is what the values of a column say about how they are
// written.
type numberEvidence struct {
	point, comma             sighting // stands before decimals, for certain
	eitherPoint, eitherComma sighting // one of them before three digits
	space, quote             sighting // stands between thousands
	grouped                  sighting // the other of point and comma stands between thousands
	amounts                  int64    // of eitherComma, with the sign or code of a currency
}

// look takes one value into account.
func (e *numberEvidence) look(line int, text []byte) {
	w, ok := undress(text)
	if !ok || len(w.core) > longestNumber {
		return
	}
	core := w.core
	points, commas, spaces, quotes := 0, 0, 0, 0
	for i := 0; i < len(core); i++ {
		switch c := core[i]; {
		case isDigit(c):
		case c == '.':
			points++
		case c == ',':
			commas++
		case c == '\'':
			quotes++
		case spaceAt(core[i:]) > 0:
			spaces++
			i += spaceAt(core[i:]) - 1
		case bytes.HasPrefix(core[i:], []byte("’")):
			quotes++
			i += 2
		case (c == 'e' || c == 'E') && points == 1 && commas == 0:
			e.point.add(line, text)
			return
		default:
			return
		}
	}
	if spaces > 0 {
		e.space.add(line, text)
	}
	if quotes > 0 {
		e.quote.add(line, text)
	}
	switch {
	case points == 0 && commas == 0:
	case points > 0 && commas > 0:
		e.grouped.add(line, text)
		if bytes.LastIndexByte(core, '.') > bytes.LastIndexByte(core, ',') {
			e.prove(&e.point, "1,234.56", line, text, core)
		} else {
			e.prove(&e.comma, "1.234,56", line, text, core)
		}
	case points > 1:
		e.grouped.add(line, text)
		e.prove(&e.comma, "1.234,56", line, text, core)
	case commas > 1:
		e.grouped.add(line, text)
		e.prove(&e.point, "1,234.56", line, text, core)
	case points == 1 && looksGrouped(core, '.'):
		e.eitherPoint.add(line, text)
	case points == 1:
		e.point.add(line, text)
	case looksGrouped(core, ','):
		e.eitherComma.add(line, text)
		if w.currency != "" {
			e.amounts++
		}
	default:
		e.comma.add(line, text)
	}
}

// prove counts a value that is rightly written in a style.
func (e *numberEvidence) prove(s *sighting, style string, line int, text, core []byte) {
	var buf [longestNumber]byte
	if _, ok := styleOf(style).flatten(core, buf[:0]); ok {
		s.add(line, text)
	}
}

// clearMajority is how many times as many values decide against others, which
// are then rejected, each with its line.
const clearMajority = 4

// decide returns the style of the column and why; problem is set where the
// values do not tell. Amounts of money have no three decimals, so that a comma
// before three digits stands between thousands.
func (e *numberEvidence) decide(isMoney bool) (style, because, problem, code string) {
	const declare = "say numbers: \"1,234.56\" or numbers: \"1.234,56\""
	where := func(s sighting) string { return fmt.Sprintf("%s on line %d", s.text, s.line) }
	either := e.eitherPoint
	if either.count == 0 {
		either = e.eitherComma
	}
	switch {
	case e.point.count > 0 && e.comma.count >= clearMajority*e.point.count:
		return e.style(','), "because " + proof(e.comma, "comma"), "", ""
	case e.comma.count > 0 && e.point.count >= clearMajority*e.comma.count:
		return e.style('.'), "because " + proof(e.point, "point"), "", ""
	case e.point.count > 0 && e.comma.count > 0:
		return "", "", fmt.Sprintf("numbers are written in two ways: %s has a comma before its decimals, %s a point; %s, and the others are rejected",
			where(e.comma), where(e.point), declare), codeMixedNumbers
	case e.comma.count > 0:
		return e.style(','), "because " + proof(e.comma, "comma"), "", ""
	case e.point.count > 0:
		return e.style('.'), "because " + proof(e.point, "point"), "", ""
	case e.eitherComma.count > 0 && e.eitherPoint.count == 0 && (isMoney || e.amounts == e.eitherComma.count):
		return e.style('.'), fmt.Sprintf("because the comma always stands before three digits, and amounts have two decimals (%s)", where(e.eitherComma)), "", ""
	case either.count > 0:
		return "", "", fmt.Sprintf("%s can be %s or %s; %s", where(either), withoutSeparators(either.text), withPoint(either.text), declare), codeAmbiguousNumbers
	}
	return e.style('.'), "", "", ""
}

func proof(s sighting, sign string) string {
	if s.count == 1 {
		return fmt.Sprintf("%s on line %d has a %s before its decimals", s.text, s.line, sign)
	}
	return fmt.Sprintf("%d values have a %s before their decimals, as %s on line %d", s.count, sign, s.text, s.line)
}

// style returns the style with that sign before decimals, and what was seen
// between thousands.
func (e *numberEvidence) style(point byte) string {
	switch {
	case point == ',' && e.grouped.count+e.eitherPoint.count > 0:
		return "1.234,56"
	case point == ',' && e.space.count > 0:
		return "1 234,56"
	case point == ',':
		return "1.234,56"
	case e.grouped.count+e.eitherComma.count > 0:
		return "1,234.56"
	case e.quote.count > 0:
		return "1'234.56"
	case e.space.count > 0:
		return "1 234.56"
	}
	return plainStyle.name
}

// sample returns a value that shows the style, and what it is read as.
func (e *numberEvidence) sample(style string) (written, read string) {
	for _, s := range []sighting{e.grouped, e.comma, e.eitherComma, e.quote, e.space, e.point} {
		w, ok := undress([]byte(s.text))
		if s.count == 0 || !ok {
			continue
		}
		var buf [longestNumber]byte
		if flat, ok := styleOf(style).flatten(w.core, buf[:0]); ok {
			if w.neg {
				return s.text, "-" + string(flat)
			}
			return s.text, string(flat)
		}
	}
	return "", ""
}

func withoutSeparators(text string) string {
	return string(bytes.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, []byte(text)))
}

func withPoint(text string) string {
	return string(bytes.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r == '.':
			return r
		case r == ',':
			return '.'
		}
		return -1
	}, []byte(text)))
}
