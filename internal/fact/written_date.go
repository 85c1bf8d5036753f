package fact

import (
	"strconv"
	"strings"
)

// Days of 1970 in the two ways in which Excel counts. Its first one takes 1900
// for a leap year, which only matters before March of that year.
const (
	serialEpoch     = 25569
	serialEpoch1904 = 24107
)

// parseSerial reads a day as Excel stores it, with the time as its fraction.
// Times are rounded to milliseconds: a double holds no more.
func parseSerial(b []byte, epoch int64) (moment, problem) {
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || v < 0 || v > 200_000 || len(b) == 0 || !isDigit(b[0]) {
		return moment{}, notLayout
	}
	day := int64(v)
	millis := int64((v-float64(day))*86_400_000 + 0.5)
	return civil((day-epoch)*86_400_000_000 + millis*1000), fine
}

// parseMillis reads milliseconds since 1970.
func parseMillis(b []byte) (moment, problem) {
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil || n > 1e14 || n < -1e14 {
		return moment{}, notLayout
	}
	return moment{instant: true, micros: n * 1000}, fine
}

// civil returns the moment that a clock on the wall shows so many microseconds
// after it showed the beginning of 1970.
func civil(micros int64) moment {
	days := floorDiv(micros, 86_400_000_000)
	m := moment{micros: micros - days*86_400_000_000}
	shifted := days + 719468 // in years that begin in March, as daysSince1970
	era := floorDiv(shifted, 146097)
	inEra := int(shifted - era*146097)
	year := (inEra - inEra/1460 + inEra/36524 - inEra/146096) / 365
	inYear := inEra - (365*year + year/4 - year/100)
	month := (5*inYear + 2) / 153
	m.day = inYear - (153*month+2)/5 + 1
	m.month = month + 3
	m.year = year + int(era)*400
	if m.month > 12 {
		m.month -= 12
		m.year++
	}
	return m
}

// dateForm is how a text is written that can be a date. In the layout, 1 and 2
// stand for the day and the month where it does not tell which is which.
type dateForm struct {
	layout        string
	first, second int // what stands for 1 and 2
}

// formOf returns how a text is written. ok is false when it is no date that
// the letters of layouts can say.
func formOf(text string) (f dateForm, ok bool) {
	if len(text) > 40 {
		return f, false
	}
	rest := text
	var b strings.Builder
	if name := leadingLetters(rest); len(name) >= 3 && isWeekday(name) {
		b.WriteByte('W')
		rest = rest[len(name):]
		rest = takeAny(rest, ", ", &b)
	}
	switch {
	case rest == "":
		return f, false
	case isDigit(rest[0]):
		rest, ok = f.numbers(rest, &b)
	default:
		rest, ok = f.monthFirst(rest, &b)
	}
	if !ok || !clockForm(rest, &b) {
		return f, false
	}
	f.layout = b.String()
	return f, true
}

// numbers takes a date that begins with a number.
func (f *dateForm) numbers(text string, b *strings.Builder) (rest string, ok bool) {
	first, rest := leadingDigits(text)
	if rest == "" && b.Len() == 0 {
		return "", f.digitsAlone(first, b)
	}
	if len(first) == 8 {
		b.WriteString("Ymd")
		return rest, isCompactDay(first)
	}
	separator := rest
	rest = takeSeparator(rest)
	separator = separator[:len(separator)-len(rest)]
	if separator == "" && leadingLetters(rest) == "" {
		return "", false
	}
	if name := leadingLetters(rest); name != "" {
		if len(first) > 2 || !isMonth(name) {
			return "", false
		}
		b.WriteString("d" + separator + "M")
		return yearForm(rest[len(name):], b)
	}
	if len(first) == 4 {
		second, after := leadingDigits(rest)
		if after == "" && len(second) == 2 && isMonthOf(first, second) {
			b.WriteString("Y" + separator + "m")
			return "", true
		}
		if len(second) < 1 || len(second) > 2 || !strings.HasPrefix(after, separator) {
			return "", false
		}
		third, after := leadingDigits(after[len(separator):])
		b.WriteString("Y" + separator + "m" + separator + "d")
		return after, len(third) == 1 || len(third) == 2
	}
	second, after := leadingDigits(rest)
	if after == "" && len(second) == 4 && len(first) <= 2 && isMonthOf(second, first) {
		b.WriteString("m" + separator + "Y")
		return "", true
	}
	if len(first) > 2 || len(second) < 1 || len(second) > 2 || !strings.HasPrefix(after, separator) {
		return "", false
	}
	f.first, f.second = number(first), number(second)
	b.WriteString("1" + separator + "2")
	return yearForm(after, b)
}

// digitsAlone takes what is nothing but digits.
func (f *dateForm) digitsAlone(digits string, b *strings.Builder) bool {
	switch n := number(digits); {
	case len(digits) == 5 && n >= 15000 && n <= 75000: // 1941 to 2105
		b.WriteString(excelDays)
	case len(digits) == 8 && isCompactDay(digits):
		b.WriteString("Ymd")
	case len(digits) == 6 && isMonthOf(digits[:4], digits[4:]):
		b.WriteString("Ym")
	case len(digits) == 10:
		b.WriteString("U")
	case len(digits) == 13:
		b.WriteString(unixMillis)
	default:
		return false
	}
	return true
}

func isCompactDay(digits string) bool {
	year, month, day := number(digits[:4]), number(digits[4:6]), number(digits[6:])
	return year >= 1900 && year < 2200 && month >= 1 && month <= 12 && day >= 1 && day <= 31
}

// isMonthOf reports whether figures are a year of our time and a month.
func isMonthOf(year, month string) bool {
	return number(year) >= 1900 && number(year) < 2200 && number(month) >= 1 && number(month) <= 12
}

// monthFirst takes "Mar 5, 2024", and "Mar 2024" for the month.
func (f *dateForm) monthFirst(text string, b *strings.Builder) (rest string, ok bool) {
	name := leadingLetters(text)
	if !isMonth(name) {
		return "", false
	}
	b.WriteByte('M')
	rest = takeAny(text[len(name):], ". -", b)
	day, rest := leadingDigits(rest)
	if rest == "" && len(day) == 4 {
		b.WriteByte('Y')
		return "", true
	}
	if len(day) < 1 || len(day) > 2 {
		return "", false
	}
	b.WriteByte('d')
	return yearForm(rest, b)
}

// yearForm takes what stands between month and year, and the year.
func yearForm(text string, b *strings.Builder) (rest string, ok bool) {
	rest = takeAny(text, "/.-, ", b)
	if rest == text {
		return "", false
	}
	year, rest := leadingDigits(rest)
	switch len(year) {
	case 4:
		b.WriteByte('Y')
	case 2:
		b.WriteByte('y')
	default:
		return "", false
	}
	return rest, true
}

// clockForm takes the time of day, or nothing.
func clockForm(text string, b *strings.Builder) bool {
	if text == "" {
		return true
	}
	rest := takeAny(text, ", T", b)
	hour, after := leadingDigits(rest)
	if rest == text || len(hour) < 1 || len(hour) > 2 {
		return false
	}
	upper := strings.ToUpper(after)
	letter := "H"
	if strings.Contains(upper, "AM") || strings.Contains(upper, "PM") {
		letter = "h"
	}
	b.WriteString(letter)
	for _, part := range [2]string{"i", "s"} {
		if digits, behind := leadingDigits(strings.TrimPrefix(after, ":")); strings.HasPrefix(after, ":") && len(digits) == 2 {
			b.WriteString(":" + part)
			after = behind
			if part == "s" && len(after) > 1 && (after[0] == '.' || after[0] == ',') && isDigit(after[1]) {
				_, after = leadingDigits(after[1:])
			}
		}
	}
	if letter == "h" {
		after = takeAny(after, " ", b)
		if len(after) < 2 || after[1]|0x20 != 'm' {
			return false
		}
		b.WriteByte('A')
		after = after[2:]
	}
	if zone := strings.TrimLeft(after, " "); zone != "" {
		b.WriteByte('P') // it takes the spaces before it
		var m moment
		r := reader{text: []byte(zone)}
		r.zone(&m)
		return !r.bad && len(r.text) == 0
	}
	return after == ""
}

func leadingDigits(text string) (digits, rest string) {
	i := 0
	for i < len(text) && isDigit(text[i]) {
		i++
	}
	return text[:i], text[i:]
}

// leadingLetters returns the letters at the front of a text; those beyond ASCII
// are taken for letters.
func leadingLetters(text string) string {
	i := 0
	for i < len(text) && (text[i]|0x20 >= 'a' && text[i]|0x20 <= 'z' || text[i] >= 0x80) {
		i++
	}
	return text[:i]
}

// takeSeparator takes one of / . - and spaces around it off the front.
func takeSeparator(text string) string {
	trimmed := strings.TrimLeft(text, " ")
	if trimmed != "" && strings.IndexByte("/.-", trimmed[0]) >= 0 {
		trimmed = trimmed[1:]
	}
	return strings.TrimLeft(trimmed, " ")
}

// takeAny moves the characters of a set from the front of the text to the
// layout.
func takeAny(text, set string, b *strings.Builder) string {
	for text != "" && strings.IndexByte(set, text[0]) >= 0 {
		b.WriteByte(text[0])
		text = text[1:]
	}
	return text
}

func isMonth(name string) bool {
	if len(name) < 3 {
		return false
	}
	r := reader{text: []byte(name)}
	return r.monthName() > 0 && len(r.text) == 0
}

func isWeekday(name string) bool {
	r := reader{text: []byte(name)}
	r.weekday()
	return !r.bad && len(r.text) == 0
}

func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}
