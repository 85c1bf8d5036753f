package fact_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
)

// column decodes values as an import does: row by row, and where a value needs
// the whole column, after a look through it. It returns what they are read as,
// ! for what is rejected, then the readings or what is wrong.
func column(t testing.TB, b fact.Binding, m fact.Mapping, values ...string) string {
	t.Helper()
	b.From = "cell"
	m.Columns = []fact.Binding{b}
	kind := allTypes(fact.Version)
	open := func() *fact.Decoder {
		d, err := fact.NewDecoder(kind, m, []string{"cell"}, berlin(t), "EUR", imported)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	d, unsettled := open(), false
	var row fact.Row
	for i, v := range values {
		d.Decode(i+2, [][]byte{[]byte(v)}, &row)
		unsettled = unsettled || d.Unsettled()
	}
	var said []string
	if unsettled {
		look := open()
		for i, v := range values {
			look.Look(i+2, [][]byte{[]byte(v)})
		}
		found, readings, err := look.Settle()
		if failure, ok := errors.AsType[diag.Failure](err); ok {
			return failure.List[0].Message + " [" + failure.List[0].Code + "]"
		}
		m.Found, said = found, readings
	}
	d = open()
	var list []string
	for i, v := range values {
		if len(d.Decode(i+2, [][]byte{[]byte(v)}, &row)) > 0 {
			list = append(list, "!")
			continue
		}
		list = append(list, showValue(kind, b.To, row))
	}
	if d.Unsettled() {
		t.Errorf("%v: still unsettled", values)
	}
	return strings.Join(append([]string{strings.Join(list, " ")}, said...), "\n")
}

func showValue(kind fact.Kind, to string, row fact.Row) string {
	for i, c := range kind.Columns {
		if c.Name != to {
			continue
		}
		v := row.Values[i]
		switch c.Type {
		case fact.Money:
			return fmt.Sprintf("%d%s", v.Int, v.Currency)
		case fact.Date:
			return period.Date(v.Int).String()
		case fact.Time:
			return fmt.Sprint(v.Int)
		}
		return fmt.Sprint(v.Int)
	}
	return "?"
}

func TestNumbersOfAColumn(t *testing.T) {
	t.Parallel()
	number := fact.Binding{To: "number"}
	tests := []struct {
		name    string
		binding fact.Binding
		values  string // with ; between
		want    string
	}{
		{"plain numbers", number, "1;-2.5;.5;1e3", "1000000 -2500000 500000 1000000000"},
		{"three decimals among others", number, "1.234;1.5", "1234000 1500000"},
		{"three decimals below one", number, "0.125;1.234", "125000 1234000"},
		{"decimals after a comma", number, "12,5;7", "12500000 7000000\n" + `column "cell": 12,5 is read as 12.5, because 12,5 on line 2 has a comma before its decimals`},
		{"thousands and decimals of Germany", number, "1.234,56;1.234;12,50", "1234560000 1234000000 12500000\n" + `column "cell": 1.234,56 is read as 1234.56, because 2 values have a comma before their decimals, as 1.234,56 on line 2`},
		{"thousands that a later value explains", number, "1.234;5;0,5", "1234000000 5000000 500000\n" + `column "cell": 0,5 is read as 0.5, because 0,5 on line 4 has a comma before its decimals`},
		{"thousands and decimals of America", number, "1,234;1,234.5", "1234000000 1234500000\n" + `column "cell": 1,234.5 is read as 1234.5, because 1,234.5 on line 3 has a point before its decimals`},
		{"millions", number, "1,234,567;12", "1234567000000 12000000\n" + `column "cell": 1,234,567 is read as 1234567, because 1,234,567 on line 2 has a point before its decimals`},
		{"lakhs", number, "12,34,567.5", "1234567500000\n" + `column "cell": 12,34,567.5 is read as 1234567.5, because 12,34,567.5 on line 2 has a point before its decimals`},
		{"spaces between thousands", number, "1 234,5;1\u00a0234;1\u202f234", "1234500000 1234000000 1234000000\n" + `column "cell": 1 234,5 is read as 1234.5, because 1 234,5 on line 2 has a comma before its decimals`},
		{"apostrophes between thousands", number, "1'234.50;1’234", "1234500000 1234000000"},
		{"what can be either", number, "1.234;5.678", `column "cell": 1.234 on line 2 can be 1234 or 1.234; say numbers: "1,234.56" or numbers: "1.234,56" [ambiguous_numbers]`},
		{"what can be either after a comma", number, "1,234;7", `column "cell": 1,234 on line 2 can be 1234 or 1.234; say numbers: "1,234.56" or numbers: "1.234,56" [ambiguous_numbers]`},
		{"what can be either, declared", fact.Binding{To: "number", Numbers: "1.234,56"}, "1.234;5.678", "1234000000 5678000000"},
		{"what is declared otherwise", fact.Binding{To: "number", Numbers: "1,234.56"}, "1.234,56;1,234.56;1,23;12,345", "! 1234560000 ! 12345000000"},
		{"both ways", number, "1.234,56;1,234.56", `column "cell": numbers are written in two ways: 1.234,56 on line 2 has a comma before its decimals, 1,234.56 on line 3 a point; say numbers: "1,234.56" or numbers: "1.234,56", and the others are rejected [mixed_numbers]`},
		{"one against many", number, "1.5;2.5;3.5;4.5;5,5", "1500000 2500000 3500000 4500000 !"},
		{"brackets and signs behind", number, "(300);300-;−5;+7", "-300000000 -300000000 -5000000 7000000"},
		{"shares", number, "12%;12.5 %;(3%)", "120000 125000 -30000"},
		{"signs and codes of currencies", number, "$12;12 €;EUR 5;7 USD;kr 3;-$4;$-4;($5)", "12000000 12000000 5000000 7000000 3000000 -4000000 -4000000 -5000000"},
		{"no numbers", number, "a lot;1-2;--5;5%%;$;();EUR;1 2;12 345 6", "! ! ! ! ! ! ! ! !"},
		{"amounts of money with a comma before three digits", fact.Binding{To: "arr"}, "$1,200;$950", "120000USD 95000USD\n" + `column "cell": $1,200 is read as 1200, because the comma always stands before three digits, and amounts have two decimals ($1,200 on line 2)`},
		{"amounts of money with a point before three digits", fact.Binding{To: "arr"}, "1.200;2.500", `column "cell": 1.200 on line 2 can be 1200 or 1.200; say numbers: "1,234.56" or numbers: "1.234,56" [ambiguous_numbers]`},
		{"the currency of a sign", fact.Binding{To: "arr"}, "€5;£5;5;$5;CHF 5", "500EUR 500GBP 500EUR 500USD 500CHF"},
		{"the currency of the mapping before that of a sign", fact.Binding{To: "arr", Currency: "USD"}, "€5;5", "500USD 500USD"},
		{"a share of money", fact.Binding{To: "arr"}, "5 apples", "!"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := column(t, tt.binding, fact.Mapping{}, strings.Split(tt.values, ";")...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDatesOfAColumn(t *testing.T) {
	t.Parallel()
	day := fact.Binding{To: "day"}
	tests := []struct {
		name    string
		mapping fact.Mapping
		values  string
		want    string
	}{
		{"ISO", fact.Mapping{}, "2026-01-31;2026-02-01T10:00:00Z", "2026-01-31 2026-02-01"},
		{"day first", fact.Mapping{}, "03/04/2026;13/04/2026", "2026-04-03 2026-04-13\n" + `column "cell": 13/04/2026 is read as 2026-04-13, because 13/04/2026 on line 3 has the day first (dates: d/m/Y)`},
		{"month first", fact.Mapping{}, "3/4/2026;4/13/2026", "2026-03-04 2026-04-13\n" + `column "cell": 4/13/2026 is read as 2026-04-13, because 4/13/2026 on line 3 has the month first (dates: m/d/Y)`},
		{"either", fact.Mapping{}, "03/04/2026;05/06/2026", `column "cell": 03/04/2026 on line 2 can be 2026-04-03 or 2026-03-04, and no value tells which; say dates: d/m/Y or dates: m/d/Y [ambiguous_dates]`},
		{"either, with the time", fact.Mapping{}, "3/4/2026 5:06 PM", `column "cell": 3/4/2026 5:06 PM on line 2 can be 2026-04-03 17:06 or 2026-03-04 17:06, and no value tells which; say dates: d/m/Y h:i A or dates: m/d/Y h:i A [ambiguous_dates]`},
		{"either, declared", fact.Mapping{Dates: "m/d/Y"}, "03/04/2026", "2026-03-04"},
		{"the same day and month", fact.Mapping{}, "03/03/2026", "2026-03-03\n" + `column "cell": 03/03/2026 is read as 2026-03-03 (dates: d/m/Y)`},
		{"both", fact.Mapping{}, "31/01/2026;01/31/2026", `column "cell": dates are written in two ways: 31/01/2026 on line 2 has the day first, 01/31/2026 on line 3 the month; say dates: d/m/Y or dates: m/d/Y, and the others are rejected [mixed_dates]`},
		{"points", fact.Mapping{}, "3.4.2026", "2026-04-03\n" + `column "cell": 3.4.2026 is read as 2026-04-03, because points stand after the day (dates: d.m.Y)`},
		{"points and slashes, of which slashes can be either", fact.Mapping{}, "31.12.2025;03/04/2025", `column "cell": 03/04/2025 on line 3 can be 2025-04-03 or 2025-03-04, and no value written so tells which; say dates: d.m.Y | d/m/Y or dates: d.m.Y | m/d/Y [ambiguous_dates]`},
		{"points and slashes, each by its own", fact.Mapping{}, "31.12.2025;03/04/2025;2/28/2025;4.5.2025", "2025-12-31 2025-03-04 2025-02-28 2025-05-04\n" + `column "cell": 31.12.2025 is read as 2025-12-31, because 31.12.2025 on line 2 has the day first and 2/28/2025 on line 4 has the month first (dates: d.m.Y | m/d/Y)`},
		{"the same separator with and without the time", fact.Mapping{}, "03/04/2025 10:00;3/28/2025", "2025-03-04 2025-03-28\n" + `column "cell": 3/28/2025 is read as 2025-03-28, because 3/28/2025 on line 3 has the month first (dates: m/d/Y | m/d/Y H:i)`},
		{"points that decide nothing for slashes", fact.Mapping{}, "3.4.2025;03/04/2025", `column "cell": 03/04/2025 on line 3 can be 2025-04-03 or 2025-03-04, and no value written so tells which; say dates: d.m.Y | d/m/Y or dates: d.m.Y | m/d/Y [ambiguous_dates]`},
		{"dashes", fact.Mapping{}, "20-10-2016", "2016-10-20\n" + `column "cell": 20-10-2016 is read as 2016-10-20, because 20-10-2016 on line 2 has the day first (dates: d-m-Y)`},
		{"year first", fact.Mapping{}, "2026/1/31", "2026-01-31\n" + `column "cell": 2026/1/31 is read as 2026-01-31 (dates: Y/m/d)`},
		{"names of months", fact.Mapping{}, "Mar 5, 2024;5-Mar-24;5 March 2024;Mon, 05 Sep 2022 10:00:00 GMT", "2024-03-05 2024-03-05 2024-03-05 2022-09-05\n" + `column "cell": Mar 5, 2024 is read as 2024-03-05 (dates: M d, Y | W, d M Y H:i:sP | d M Y | d-M-y); years of two digits lie in 1969 to 2068 (years_from: says others)`},
		{"years of two digits from another year", fact.Mapping{YearsFrom: 1950}, "5-Mar-60;5-Mar-49", "1960-03-05 2049-03-05\n" + `column "cell": 5-Mar-60 is read as 1960-03-05 (dates: d-M-y); years of two digits begin with 1950`},
		{"a mixture that has one meaning", fact.Mapping{}, "2026-01-31;Jan 30, 2026;13/01/2026", "2026-01-31 2026-01-30 2026-01-13\n" + `column "cell": 13/01/2026 is read as 2026-01-13, because 13/01/2026 on line 4 has the day first (dates: iso | d/m/Y | M d, Y)`},
		{"days of Excel", fact.Mapping{}, "45361;45361.75", "2024-03-10 2024-03-10\n" + `column "cell": 45361 is read as 2024-03-10 (dates: excel)`},
		{"days of Excel, declared", fact.Mapping{Dates: "excel"}, "45361;45361.75;60;61", "2024-03-10 2024-03-10 1900-02-28 1900-03-01"},
		{"days of Excel on a Mac", fact.Mapping{Dates: "excel_1904"}, "43899", "2024-03-10"},
		{"seconds since 1970", fact.Mapping{}, "1710028800", "2024-03-10\n" + `column "cell": 1710028800 is read as 2024-03-10 01:00 (dates: U)`},
		{"milliseconds since 1970", fact.Mapping{}, "1710028800123", "2024-03-10\n" + `column "cell": 1710028800123 is read as 2024-03-10 01:00 (dates: unix_ms)`},
		{"digits alone", fact.Mapping{}, "20260131", "2026-01-31\n" + `column "cell": 20260131 is read as 2026-01-31 (dates: Ymd)`},
		{"what is no day", fact.Mapping{}, "13/04/2026;31/02/2026;soon;13/13/2026", "2026-04-13 ! ! !\n" + `column "cell": 13/04/2026 is read as 2026-04-13, because 13/04/2026 on line 2 has the day first (dates: d/m/Y)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := column(t, day, tt.mapping, strings.Split(tt.values, ";")...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Another column of the file, or another file, tells day from month.
func TestDatesToldByOthers(t *testing.T) {
	t.Parallel()
	m := fact.Mapping{Columns: []fact.Binding{{To: "day", From: "a"}, {To: "renewal", From: "b"}}}
	open := func(rows ...string) *fact.Decoder {
		d, err := fact.NewDecoder(allTypes(fact.Version), m, []string{"a", "b"}, berlin(t), "EUR", imported)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			a, b, _ := strings.Cut(row, ";")
			d.Look(i+2, [][]byte{[]byte(a), []byte(b)})
		}
		return d
	}
	found, readings, err := open("3/4/2026;", "3/4/2026;4/13/2026").Settle()
	if err != nil || found.Dates["a"] != "m/d/Y" || !strings.Contains(readings[0], `has the month first in column "b"`) {
		t.Errorf("got %v, %q, %v", found, readings, err)
	}
	found, readings, err = open("3/4/2026;").Settle(open("13/4/2026;"))
	if err != nil || found.Dates["a"] != "d/m/Y" || !strings.Contains(readings[0], `of another file of the source`) {
		t.Errorf("got %v, %q, %v", found, readings, err)
	}
	if _, _, err = open("3/4/2026;13.4.2026").Settle(open("13-4-2026;")); err == nil {
		t.Error("got no error where others are written with another separator")
	}
	if _, _, err = open("3/4/2026;").Settle(open("5/4/2026;")); err == nil {
		t.Error("got no error where no file tells")
	}
}

// Numbers that the source itself knows are never taken for texts with
// thousands.
func TestNativeNumbers(t *testing.T) {
	t.Parallel()
	m := fact.Mapping{Columns: []fact.Binding{{To: "number", From: "cell"}}, Found: fact.Found{Numbers: map[string]string{"cell": "1.234,56"}}}
	for _, found := range []fact.Found{{}, m.Found} {
		m.Found = found
		d, err := fact.NewDecoder(allTypes(fact.Version), m, []string{"cell"}, berlin(t), "EUR", imported)
		if err != nil {
			t.Fatal(err)
		}
		d.Native([]bool{true})
		var row fact.Row
		if bad := d.Decode(2, [][]byte{[]byte("1.234")}, &row); len(bad) > 0 || row.Values[3].Int != 1_234_000 || d.Unsettled() {
			t.Errorf("got %v, %+v (unsettled: %v), want 1.234", bad, row.Values[3], d.Unsettled())
		}
	}
}

// A number reads back as it was written, in every style.
func TestAnyNumberReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		style := rapid.SampledFrom(fact.NumberStyles).Draw(r, "style")
		point, group := ".", ""
		if strings.HasSuffix(style, ",56") {
			point = ","
		}
		if rest := strings.TrimSuffix(strings.TrimPrefix(style, "1"), "234"+point+"56"); rest != "" {
			group = rest
		}
		n := rapid.Int64Range(-1e12, 1e12).Draw(r, "hundredths")
		whole, cents := n/100, n%100
		sign := ""
		if n < 0 {
			whole, cents, sign = -whole, -cents, "-"
		}
		digits := fmt.Sprint(whole)
		for i := len(digits) - 3; i > 0; i -= 3 {
			digits = digits[:i] + group + digits[i:]
		}
		text := fmt.Sprintf("%s%s%s%02d", sign, digits, point, cents)
		switch rapid.IntRange(0, 3).Draw(r, "dress") {
		case 1:
			text += " €"
		case 2:
			text = "$" + text
		case 3:
			if n < 0 {
				text = "(" + text[1:] + ")"
			}
		}
		v, bad := decodeOne(t, fact.Binding{To: "number", Numbers: style}, fact.Mapping{}, text)
		if len(bad) > 0 || v.Int != n*10_000 {
			r.Fatalf("%q as %s: got %d (%v), want %d", text, style, v.Int, bad, n*10_000)
		}
	})
}

// FuzzColumn: whatever two values a column has, looking through it ends in a
// decision or a finding, and then nothing is open.
func FuzzColumn(f *testing.F) {
	for _, seed := range [][2]string{{"1.234,56", "1"}, {"$1,200", "(3)"}, {"3/4/2026", "13/4/2026"}, {"Mar 5, 2024", "5-Mar-24 1:02 PM"}, {"12%", "1 234"}, {"45361", "1710028800123"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, to := range []string{"number", "arr", "day", "moment"} {
			column(t, fact.Binding{To: to}, fact.Mapping{}, a, b)
		}
	})
}
