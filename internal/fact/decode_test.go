package fact_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
)

// imported is when the tests import: midnight of 15 May 2026 in Berlin.
var imported = time.Date(2026, 5, 14, 22, 0, 0, 0, time.UTC).UnixMicro()

func berlin(t testing.TB) period.Zone {
	t.Helper()
	z, err := period.LoadZone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// allTypes is a kind with a column of each type.
func allTypes(timing fact.Timing) fact.Kind {
	k := fact.Kind{Name: "sample", Timing: timing, Columns: []fact.Column{
		{Name: "account", Type: fact.Account},
		{Name: "contact", Type: fact.Contact},
		{Name: "word", Type: fact.Text},
		{Name: "number", Type: fact.Number},
		{Name: "arr", Type: fact.Money},
		{Name: "day", Type: fact.Date},
		{Name: "moment", Type: fact.Time},
		{Name: "flag", Type: fact.Bool},
		{Name: "closed", Type: fact.Text, Values: []string{"theirs", "ours", "shared"}},
		{Name: "renewal", Type: fact.Date, Open: true},
	}}
	if timing == fact.Term {
		k.Columns = append(k.Columns, fact.Column{Name: "starts", Type: fact.Date, Required: true}, fact.Column{Name: "ends", Type: fact.Date, Open: true})
	}
	return k
}

// decodeOne decodes a single cell, bound to a column of the kind, through the
// binding; its column in the file is "cell".
func decodeOne(t testing.TB, b fact.Binding, m fact.Mapping, text string) (fact.Value, []fact.Rejection) {
	t.Helper()
	if b.From == "" && b.Product == nil && b.Constant == nil {
		b.From = "cell"
	}
	m.Columns = append(m.Columns, b)
	kind := allTypes(fact.Version)
	d, err := fact.NewDecoder(kind, m, []string{"cell"}, berlin(t), "EUR", imported)
	if err != nil {
		t.Fatal(err)
	}
	var row fact.Row
	rejections := d.Decode(2, [][]byte{[]byte(text)}, &row)
	for i, c := range kind.Columns {
		if c.Name == b.To {
			return row.Values[i], rejections
		}
	}
	t.Fatalf("no column %q", b.To)
	return fact.Value{}, nil
}

func show(to string, v fact.Value, rejections []fact.Rejection) string {
	switch {
	case len(rejections) > 0:
		return "rejected: " + rejections[0].Reason
	case v.Missing:
		return "missing"
	case v.Text != nil:
		return string(v.Text)
	case v.Currency != "":
		return fmt.Sprintf("%d %s", v.Int, v.Currency)
	case to == "day" || to == "renewal":
		return period.Date(v.Int).String()
	case to == "moment":
		return time.UnixMicro(v.Int).UTC().Format(time.RFC3339Nano)
	default:
		return fmt.Sprint(v.Int)
	}
}

func TestDecodeCell(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, to, text, want string }{
		{"a word", "word", "Acme", "Acme"},
		{"spaces around a word", "word", " \tAcme \u00a0", "Acme"},
		{"an empty cell", "word", "", "missing"},
		{"a cell of spaces", "word", "  ", "missing"},
		{"text that is not UTF-8", "word", "caf\xe9", `rejected: "caf` + "\uFFFD" + `" is not readable text: save the file as UTF-8`},
		{"a NUL in a text", "word", "a\x00b", `rejected: "a\x00b" is not readable text: save the file as UTF-8`},

		{"a whole number", "number", "42", "42000000"},
		{"a negative fraction", "number", "-0.5", "-500000"},
		{"a plus and a bare point", "number", "+.25", "250000"},
		{"a trailing point", "number", "7.", "7000000"},
		{"scientific notation", "number", "1e3", "1000000000"},
		{"a negative exponent", "number", "1.25E-2", "12500"},
		{"six decimals", "number", "0.000001", "1"},
		{"more decimals, up", "number", "0.0000015", "2"},
		{"more decimals, to even", "number", "0.0000025", "2"},
		{"more decimals, just above the tie", "number", "0.00000250000000000000000000000000001", "3"},
		{"a sum of binary fractions", "number", "0.30000000000000004", "300000"},
		{"more digits than 64 bits have", "number", "1234567890123.4567899", "1234567890123456790"},
		{"the largest number", "number", "9223372036854.775807", "9223372036854775807"},
		{"a number that is too large", "number", "9223372036854.775808", `rejected: "9223372036854.775808" is too large or has too many digits to be kept exactly`},
		{"a huge exponent", "number", "1e400", `rejected: "1e400" is too large or has too many digits to be kept exactly`},
		{"a tiny exponent", "number", "1e-400", "0"},
		{"zero with a huge exponent", "number", "0e999999999999", "0"},
		{"a decimal comma", "number", "12,50", `rejected: "12,50" is not a number: use a point for decimals`},
		{"a comma between thousands", "number", "1,200.50", `rejected: "1,200.50" is not a number: leave out the comma between thousands`},
		{"points between thousands", "number", "1.200,50", `rejected: "1.200,50" is not a number: use a point for decimals`},
		{"a comma of either meaning", "number", "1,200", `rejected: "1,200" is not a number: leave out the comma between thousands, and use a point for decimals`},
		{"a currency sign", "number", "$12", "12000000"},
		{"NaN", "number", "NaN", `rejected: "NaN" is not a number: list it under missing: if it stands for none`},
		{"infinity", "number", "-Inf", `rejected: "-Inf" is not a number: list it under missing: if it stands for none`},
		{"hexadecimal", "number", "0x10", `rejected: "0x10" is not a number`},
		{"two points", "number", "1.2.3", `rejected: "1.2.3" is not a number`},
		{"digits with underscores", "number", "1_000", `rejected: "1_000" is not a number`},
		{"a lone minus", "number", "-", `rejected: "-" is not a number: list it under missing: if it stands for none`},
		{"an exponent without digits", "number", "1e", `rejected: "1e" is not a number`},

		{"an amount", "arr", "1234.5", "123450 EUR"},
		{"the largest amount", "arr", "-100000000000000", "-10000000000000000 EUR"},
		{"an amount that nobody can mean", "arr", "100000000000000.01", `rejected: "100000000000000.01" cannot be meant: amounts are taken up to 100 trillion`},
		{"half a cent, to even", "arr", "0.125", "12 EUR"},
		{"half a cent, up to even", "arr", "0.135", "14 EUR"},
		{"a negative half cent", "arr", "-0.125", "-12 EUR"},

		{"a date", "day", "2024-02-29", "2024-02-29"},
		{"a date with a time", "day", "2024-02-29 23:59:59", "2024-02-29"},
		{"a date with an offset, as written", "day", "2024-02-29T00:30:00+14:00", "2024-02-29"},
		{"the first day allowed", "day", "1900-01-01", "1900-01-01"},
		{"the last day allowed", "day", "2199-12-31", "2199-12-31"},
		{"an absurd date", "day", "0201-01-01", `rejected: "0201-01-01" cannot be meant: dates lie between 1900 and 2199; list it under missing: if it stands for none`},
		{"a date of zeros", "day", "0000-00-00", `rejected: "0000-00-00" cannot be meant: dates lie between 1900 and 2199; list it under missing: if it stands for none`},
		{"no end where there must be one", "day", "9999-12-31", `rejected: "9999-12-31" cannot be meant: dates lie between 1900 and 2199; list it under missing: if it stands for none`},
		{"a day that is not in the calendar", "day", "2023-02-29", `rejected: "2023-02-29" is no day of the calendar`},
		{"a month that does not exist", "day", "2023-13-01", `rejected: "2023-13-01" is no day of the calendar`},
		{"another layout", "day", "31/01/2024", `rejected: "31/01/2024" is not a date: want year-month-day such as 2026-01-31, or give the mapping its layout, such as dates: d/m/Y`},
		{"a spreadsheet's day number", "day", "45321", `rejected: "45321" is not a date: want year-month-day such as 2026-01-31, or give the mapping its layout, such as dates: d/m/Y`},

		{"an open date that is missing", "renewal", "", "none"},
		{"an open date written as the last day", "renewal", "9999-12-31", "none"},
		{"an open date that is known", "renewal", "2026-01-31", "2026-01-31"},

		{"a time in UTC", "moment", "2010-08-18T19:18:31Z", "2010-08-18T19:18:31Z"},
		{"an offset", "moment", "2010-08-18T19:18:31.25+02:00", "2010-08-18T17:18:31.25Z"},
		{"an offset of no whole hour", "moment", "2010-08-18T19:18:31-0330", "2010-08-18T22:48:31Z"},
		{"nanoseconds, cut", "moment", "2010-08-18T19:18:31.123456999Z", "2010-08-18T19:18:31.123456Z"},
		{"a zone by name", "moment", "2010-08-18 19:18:31.5 UTC", "2010-08-18T19:18:31.5Z"},
		{"local time", "moment", "2026-07-01 12:00:00", "2026-07-01T10:00:00Z"},
		{"an hour of one digit", "moment", "2026-01-30 3:15:52", "2026-01-30T02:15:52Z"},
		{"no seconds", "moment", "2026-01-30 03:15", "2026-01-30T02:15:00Z"},
		{"a day as its midnight", "moment", "2026-07-01", "2026-06-30T22:00:00Z"},
		{"a time that the clocks skip", "moment", "2026-03-29 02:30:00", "2026-03-29T01:30:00Z"},
		{"a time that comes twice", "moment", "2026-10-25 02:30:00", "2026-10-25T00:30:00Z"},
		{"hour 24", "moment", "2026-01-30 24:00:00", `rejected: "2026-01-30 24:00:00" is not a time: want 2026-01-31 15:04:05, with an offset such as +02:00 or without`},
		{"minute 60", "moment", "2026-01-30 23:60:00", `rejected: "2026-01-30 23:60:00" is not a time: want 2026-01-31 15:04:05, with an offset such as +02:00 or without`},
		{"something after the time", "moment", "2026-01-30 23:00:00 o'clock", `rejected: "2026-01-30 23:00:00 o'clock" is not a time: want 2026-01-31 15:04:05, with an offset such as +02:00 or without`},

		{"yes", "flag", "YES", "1"},
		{"t", "flag", "t", "1"},
		{"1", "flag", "1", "1"},
		{"false", "flag", "False", "0"},
		{"no", "flag", "n", "0"},
		{"a bool that is neither", "flag", "maybe", `rejected: "maybe" is neither yes nor no: write true or false, or say under values: what it means`},

		{"a listed value", "closed", "ours", "ours"},
		{"a misspelt value", "closed", "our", `rejected: "our" is not allowed here: did you mean "ours"; say under values: what it means`},
		{"a value far from all", "closed", "elephant", `rejected: "elephant" is not allowed here: it may be theirs, ours, shared; say under values: what it means`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, rejections := decodeOne(t, fact.Binding{To: tt.to}, fact.Mapping{}, tt.text)
			if got := show(tt.to, v, rejections); got != tt.want {
				t.Errorf("%q as %s:\n got %s\nwant %s", tt.text, tt.to, got, tt.want)
			}
		})
	}
}

func TestDecodeBinding(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	for _, tt := range []struct {
		name    string
		binding fact.Binding
		mapping fact.Mapping
		text    string
		want    string
	}{
		{"a constant", fact.Binding{To: "number", Constant: text("1.5")}, fact.Mapping{}, "x", "1500000"},
		{"a text that stands for none", fact.Binding{To: "number"}, fact.Mapping{Missing: []string{"N/A", "-"}}, " N/A ", "missing"},
		{"the same text in another mapping", fact.Binding{To: "word"}, fact.Mapping{}, "N/A", "N/A"},
		{"a value that is written otherwise", fact.Binding{To: "closed", Values: map[string]string{"US": "ours"}}, fact.Mapping{}, "US", "ours"},
		{"a value that means none", fact.Binding{To: "closed", Values: map[string]string{"nobody": ""}}, fact.Mapping{}, "nobody", "missing"},
		{"none that means a value", fact.Binding{To: "closed", Values: map[string]string{"": "shared"}}, fact.Mapping{}, "", "shared"},
		{"a bool in other words", fact.Binding{To: "flag", Values: map[string]string{"Closed Won": "true"}}, fact.Mapping{}, "Closed Won", "1"},
		{"minor units", fact.Binding{To: "arr", Minor: true}, fact.Mapping{}, "123450", "123450 EUR"},
		{"a currency without decimals", fact.Binding{To: "arr", Currency: "JPY"}, fact.Mapping{}, "1234.5", "1234 JPY"},
		{"a currency with three decimals", fact.Binding{To: "arr", Currency: "BHD"}, fact.Mapping{}, "1.2345", "1234 BHD"},
		{"a layout of the mapping", fact.Binding{To: "day"}, fact.Mapping{Dates: "d/m/Y"}, "3/12/2024", "2024-12-03"},
		{"a layout of the binding", fact.Binding{To: "day", Layout: "m/d/Y"}, fact.Mapping{Dates: "d/m/Y"}, "3/12/2024", "2024-03-12"},
		{"a text that is not in the layout", fact.Binding{To: "day"}, fact.Mapping{Dates: "d/m/Y"}, "2024-12-03", `rejected: "2024-12-03" is not written as d/m/Y`},
		{"text after the layout", fact.Binding{To: "day"}, fact.Mapping{Dates: "d/m/Y"}, "3/12/2024 08:00", `rejected: "3/12/2024 08:00" is not written as d/m/Y`},
		{"a layout with a time", fact.Binding{To: "moment"}, fact.Mapping{Dates: "d.m.Y H:i"}, "01.07.2026 12:00", "2026-07-01T10:00:00Z"},
		{"a layout of twelve hours", fact.Binding{To: "moment"}, fact.Mapping{Dates: "m/d/Y h:i A"}, "7/1/2026 12:05 AM", "2026-06-30T22:05:00Z"},
		{"noon of twelve hours", fact.Binding{To: "moment"}, fact.Mapping{Dates: "m/d/Y h:i A"}, "7/1/2026 12:05 pm", "2026-07-01T10:05:00Z"},
		{"a layout without separators", fact.Binding{To: "day"}, fact.Mapping{Dates: "Ymd"}, "20240229", "2024-02-29"},
		{"digits too few for it", fact.Binding{To: "day"}, fact.Mapping{Dates: "Ymd"}, "2024229", `rejected: "2024229" is not written as Ymd`},
		{"a year of two digits", fact.Binding{To: "day"}, fact.Mapping{Dates: "d-m-y"}, "1-2-68", "2068-02-01"},
		{"an earlier year of two digits", fact.Binding{To: "day"}, fact.Mapping{Dates: "d-m-y"}, "1-2-69", "1969-02-01"},
		{"a month by name", fact.Binding{To: "day"}, fact.Mapping{Dates: "d-M-Y"}, "05-Jan-2024", "2024-01-05"},
		{"a month in full", fact.Binding{To: "day"}, fact.Mapping{Dates: "M d, Y"}, "September 5, 2024", "2024-09-05"},
		{"a month alone", fact.Binding{To: "day"}, fact.Mapping{Dates: "Y-m"}, "2026-06", "2026-06-01"},
		{"a month alone by name", fact.Binding{To: "day"}, fact.Mapping{Dates: "M Y"}, "Jun 2026", "2026-06-01"},
		{"no month of a year", fact.Binding{To: "day"}, fact.Mapping{Dates: "m/Y"}, "13/2026", `rejected: "13/2026" is no day of the calendar`},
		{"seconds since 1970", fact.Binding{To: "moment"}, fact.Mapping{Dates: "U"}, "1700000000.5", "2023-11-14T22:13:20.5Z"},
		{"a day in seconds since 1970", fact.Binding{To: "day"}, fact.Mapping{Dates: "U"}, "1700004000", "2023-11-15"},
		{"an offset in a layout", fact.Binding{To: "moment"}, fact.Mapping{Dates: "Y-m-dTH:i:sP"}, "2026-07-01T12:00:00.75-05:00", "2026-07-01T17:00:00.75Z"},
		{"another zone", fact.Binding{To: "moment"}, fact.Mapping{TimeZone: "America/New_York"}, "2026-07-01 12:00:00", "2026-07-01T16:00:00Z"},
		{"a midnight that its zone skips", fact.Binding{To: "moment"}, fact.Mapping{TimeZone: "America/Sao_Paulo"}, "2018-11-04", "2018-11-04T03:00:00Z"},
		{"a day that its zone skips", fact.Binding{To: "moment"}, fact.Mapping{TimeZone: "Pacific/Apia"}, "2011-12-30", "2011-12-30T10:00:00Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, rejections := decodeOne(t, tt.binding, tt.mapping, tt.text)
			if got := show(tt.binding.To, v, rejections); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
