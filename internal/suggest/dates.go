package suggest

import "strings"

// dateForm is one way in which a text can be read as a day.
type dateForm struct {
	layout string // "" is ISO 8601
	day    int    // as 20260131
}

// iso is the layout that needs no saying.
const iso = ""

// dateForms returns every way in which a text can be read as a day, with or
// without a time after it. Of 3/4/2026 there are two.
func dateForms(text string) []dateForm {
	if len(text) < 6 || len(text) > 40 {
		return nil
	}
	if day, ok := isoDay(text); ok {
		return []dateForm{{iso, day}}
	}
	parts, seps, rest := dateParts(text)
	if len(parts) == 1 && rest == "" {
		return plainDigits(parts[0])
	}
	if len(parts) != 3 {
		return nil
	}
	clock, ok := clockLayout(rest)
	if !ok {
		return nil
	}
	var forms []dateForm
	for _, order := range dateOrders {
		if day, letters, ok := order.read(parts); ok {
			layout := letters[0] + seps[0] + letters[1] + seps[1] + letters[2] + clock
			forms = append(forms, dateForm{layout, day})
		}
	}
	return forms
}

func isoDay(text string) (int, bool) {
	if len(text) < 10 || text[4] != '-' || text[7] != '-' || len(text) > 10 && text[10] != 'T' && text[10] != ' ' && text[10] != 't' {
		return 0, false
	}
	y, ok1 := digits(text[:4])
	m, ok2 := digits(text[5:7])
	d, ok3 := digits(text[8:10])
	return packed(y, m, d), ok1 && ok2 && ok3 && isDay(y, m, d)
}

// dateParts cuts a text into its first three words or numbers, what stands
// between them, and the rest.
func dateParts(text string) (parts, seps []string, rest string) {
	for len(parts) < 3 && text != "" {
		n := run(text)
		if n == 0 {
			return nil, nil, ""
		}
		parts, text = append(parts, text[:n]), text[n:]
		if len(parts) == 3 || text == "" {
			break
		}
		n = 0
		for n < len(text) && strings.IndexByte("/.-, ", text[n]) >= 0 {
			n++
		}
		if n == 0 {
			return nil, nil, ""
		}
		seps, text = append(seps, text[:n]), text[n:]
	}
	return parts, seps, text
}

// run returns how many digits, or how many letters, a text starts with.
func run(text string) int {
	isDigit := func(c byte) bool { return c >= '0' && c <= '9' }
	isLetter := func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
	n := 0
	switch {
	case isDigit(text[0]):
		for n < len(text) && isDigit(text[n]) {
			n++
		}
	case isLetter(text[0]):
		for n < len(text) && isLetter(text[n]) {
			n++
		}
	}
	return n
}

// plainDigits reads 20260131, and seconds since 1970.
func plainDigits(text string) []dateForm {
	n, ok := digits(text)
	switch {
	case !ok:
	case len(text) == 8 && isDay(n/10000, n/100%100, n%100) && n/10000 >= 1950 && n/10000 < 2100:
		return []dateForm{{"Ymd", n}}
	case len(text) == 10 && n >= 631152000 && n < 4102444800: // 1990 to 2099
		return []dateForm{{"U", n}}
	}
	return nil
}

// dateOrder is an order of day, month and year.
type dateOrder [3]byte

// dateOrders are those that people write. Where two fit, the column decides.
var dateOrders = [...]dateOrder{{'m', 'd', 'y'}, {'d', 'm', 'y'}, {'y', 'm', 'd'}}

// read returns the day, and the letters of its layout.
func (o dateOrder) read(parts []string) (day int, letters [3]string, ok bool) {
	var y, m, d int
	for i, part := range parts {
		n, isNumber := digits(part)
		switch {
		case o[i] == 'm' && !isNumber:
			m = monthNamed(part)
			letters[i] = "M"
		case !isNumber:
			return 0, letters, false
		case o[i] == 'y' && len(part) == 4:
			y = n
			letters[i] = "Y"
		case o[i] == 'y' && len(part) == 2:
			if y = 1900 + n; y < 1969 {
				y += 100
			}
			letters[i] = "y"
		case o[i] == 'm' && len(part) <= 2:
			m = n
			letters[i] = "m"
		case o[i] == 'd' && len(part) <= 2:
			d = n
			letters[i] = "d"
		default:
			return 0, letters, false
		}
	}
	if o[0] == 'y' && letters[0] == "y" {
		return 0, letters, false // 26/01/31: nobody writes it
	}
	return packed(y, m, d), letters, isDay(y, m, d)
}

var monthNames = [...]string{
	"january", "february", "march", "april", "may", "june",
	"july", "august", "september", "october", "november", "december",
}

func monthNamed(text string) int {
	for i, name := range monthNames {
		if strings.EqualFold(text, name) || strings.EqualFold(text, name[:3]) {
			return i + 1
		}
	}
	return 0
}

// clockLayout returns the layout of the time that follows a date, with the
// blank before it.
func clockLayout(text string) (string, bool) {
	if strings.TrimSpace(text) == "" {
		return "", true
	}
	n := 0
	for n < len(text) && (text[n] == ' ' || text[n] == ',' || text[n] == 'T') {
		n++
	}
	lead, text := text[:n], text[n:]
	clock, half, _ := strings.Cut(text, " ")
	hour := "H"
	switch strings.ToLower(half) {
	case "am", "pm":
		hour, half = "h", " A"
	case "":
	default:
		return "", false
	}
	fields := strings.Split(clock, ":")
	if lead == "" || len(fields) < 2 || len(fields) > 3 {
		return "", false
	}
	for i, f := range fields {
		if i == 2 {
			f, _, _ = strings.Cut(f, ".")
		}
		if v, ok := digits(f); !ok || v > 59 {
			return "", false
		}
	}
	layout := lead + hour + ":i"
	if len(fields) == 3 {
		layout += ":s"
	}
	return layout + half, true
}

func digits(text string) (n int, ok bool) {
	if text == "" || len(text) > 10 {
		return 0, false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		n = n*10 + int(text[i]-'0')
	}
	return n, true
}

func packed(y, m, d int) int { return y*10000 + m*100 + d }

func isDay(y, m, d int) bool {
	if y < 1900 || y > 2199 && y != 9999 || m < 1 || m > 12 || d < 1 || d > 31 {
		return false
	}
	switch m {
	case 4, 6, 9, 11:
		return d <= 30
	case 2:
		return d <= 28 || d == 29 && y%4 == 0 && (y%100 != 0 || y%400 == 0)
	}
	return true
}
