package fact

import (
	"fmt"
	"strings"
)

// layout is how dates are written in an export.
//
// Y year, y year of two digits (69 to 99 are 1969 to 1999), m month, M month
// by its English name, d day, H hour, h hour of twelve, A AM or PM, i minute,
// s second with or without a fraction, P offset from UTC, U seconds since
// 1970, W day of the week by its English name. T and everything that is no
// letter stands for itself. Months, days and hours may lack their leading zero
// unless another digit stands beside them. Without a day, as in Y-m, a month is
// read as its first day.
//
// In place of letters a layout can be one of the words iso, unix_ms, excel and
// excel_1904. Several layouts, with | between them, are tried in turn.
type layout struct {
	text  string
	word  string // "" is parts
	parts []layoutPart
	pivot int // years of two digits lie in the hundred years from it

	isMonth bool      // no day: a month is read as its first
	more    []*layout // to be tried if this one does not fit
}

// defaultPivot is the first of the hundred years in which years of two digits
// lie, where nothing is said.
const defaultPivot = 1969

// The words that stand for a layout.
const (
	isoDates   = "iso"        // ISO 8601
	unixMillis = "unix_ms"    // milliseconds since 1970
	excelDays  = "excel"      // days as Excel counts them, since 1900
	excelMac   = "excel_1904" // and as it does in workbooks of old Macs
)

type layoutPart struct {
	letter byte // 0 is the character itself
	ch     byte
	tight  bool // digits stand beside it
}

const layoutLetters = "YymMdHhAisPUW"

// parseLayout reads a layout such as "d/m/Y H:i", or several with | between.
func parseLayout(text string, pivot int) (*layout, error) {
	var all *layout
	for one := range strings.SplitSeq(text, "|") {
		l, err := parseOneLayout(strings.TrimSpace(one))
		if err != nil {
			return nil, err
		}
		if l.pivot = pivot; pivot == 0 {
			l.pivot = defaultPivot
		}
		if all == nil {
			all = l
		} else {
			all.more = append(all.more, l)
		}
	}
	if all.more != nil {
		all.text = text
	}
	return all, nil
}

func parseOneLayout(text string) (*layout, error) {
	l := &layout{text: text}
	switch text {
	case isoDates, unixMillis, excelDays, excelMac:
		l.word = text
		return l, nil
	}
	for i := range len(text) {
		ch := text[i]
		switch {
		case strings.IndexByte(layoutLetters, ch) >= 0:
			l.parts = append(l.parts, layoutPart{letter: ch})
		case ch != 'T' && (ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z'):
			return nil, fmt.Errorf("read date layout %q: unknown letter %q; the letters are "+
				"Y y m M d H h A i s P U W, as in d/m/Y H:i", text, string(ch))
		default:
			l.parts = append(l.parts, layoutPart{ch: ch})
		}
	}
	isDigits := func(i int) bool {
		return i >= 0 && i < len(l.parts) && l.parts[i].letter != 0 && strings.IndexByte("MAPW", l.parts[i].letter) < 0
	}
	for i := range l.parts {
		l.parts[i].tight = isDigits(i-1) || isDigits(i+1)
	}
	has := func(letters string) bool { return strings.ContainsAny(text, letters) }
	l.isMonth = !has("UdHhi") && has("Yy") && has("mM")
	if !has("U") && !(has("Yy") && has("mM") && has("d")) && !l.isMonth {
		return nil, fmt.Errorf("read date layout %q: it needs a year, a month and a day, as in d/m/Y, or a year and a month", text)
	}
	return l, nil
}

// parse reads a text that is written so from its first to its last character.
func (l *layout) parse(text []byte) (moment, problem) {
	m, p := l.parseOne(text)
	for _, other := range l.more {
		if p == fine {
			break
		}
		m, p = other.parseOne(text)
	}
	if p != fine && l.more != nil {
		p = notLayout
	}
	return m, p
}

func (l *layout) parseOne(text []byte) (moment, problem) {
	switch l.word {
	case isoDates:
		return parseISO(text)
	case unixMillis:
		return parseMillis(text)
	case excelDays:
		return parseSerial(text, serialEpoch)
	case excelMac:
		return parseSerial(text, serialEpoch1904)
	}
	var m moment
	r := reader{text: text}
	for _, part := range l.parts {
		r.part(part, l.pivot, &m)
		if r.bad {
			return m, notLayout
		}
	}
	if len(r.text) > 0 || r.hour > 23 {
		return m, notLayout
	}
	if l.isMonth {
		m.day = 1
	}
	if r.twelve {
		r.hour %= 12
		if r.afternoon {
			r.hour += 12
		}
	}
	m.micros += int64(r.hour) * microsPerHour
	return m, fine
}

// part takes what one part of a layout stands for.
func (r *reader) part(part layoutPart, pivot int, m *moment) {
	low := 1
	if part.tight {
		low = 2
	}
	switch part.letter {
	case 0:
		r.bad = r.bad || !r.take(part.ch)
	case 'Y':
		m.year = r.number(4, 4)
	case 'y':
		m.year = pivot - pivot%100 + r.number(2, 2)
		if m.year < pivot {
			m.year += 100
		}
	case 'm':
		m.month = r.number(low, 2)
	case 'M':
		m.month = r.monthName()
	case 'd':
		m.day = r.number(low, 2)
	case 'H':
		r.hour = r.number(low, 2)
	case 'h':
		r.hour, r.twelve = r.number(low, 2), true
		r.bad = r.bad || r.hour < 1 || r.hour > 12
	case 'A':
		r.afternoon = r.half()
	case 'i':
		m.micros += r.below(r.number(2, 2), 60) * microsPerMinute
	case 's':
		m.micros += r.below(r.number(2, 2), 60) * microsPerSecond
		r.fraction(m)
	case 'P':
		r.zone(m)
		r.bad = r.bad || !m.hasOffset
	case 'U':
		r.epoch(m)
	case 'W':
		r.weekday()
	}
}

// epoch takes seconds since 1970, with or without a fraction.
func (r *reader) epoch(m *moment) {
	negative := r.take('-')
	m.instant = true
	m.micros = int64(r.number(1, 12)) * microsPerSecond
	r.fraction(m)
	if negative {
		m.micros = -m.micros
	}
}

var weekdays = [...]string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

// weekday takes the English name of a day, in full or its first three letters.
func (r *reader) weekday() {
	for _, name := range weekdays {
		for _, form := range [2]string{name, name[:3]} {
			if len(r.text) >= len(form) && strings.EqualFold(string(r.text[:len(form)]), form) {
				r.text = r.text[len(form):]
				return
			}
		}
	}
	r.bad = true
}

// half takes AM or PM in either case and reports whether it is PM.
func (r *reader) half() bool {
	if len(r.text) < 2 || r.text[1]|0x20 != 'm' {
		r.bad = true
		return false
	}
	first := r.text[0] | 0x20
	r.bad = r.bad || first != 'a' && first != 'p'
	r.text = r.text[2:]
	return first == 'p'
}
