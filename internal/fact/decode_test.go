package fact_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/diag"
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
		{"a currency sign", "number", "$12", `rejected: "$12" is not a number: leave out signs such as $ and %`},
		{"NaN", "number", "NaN", `rejected: "NaN" is not a number: list it under missing: if it stands for none`},
		{"infinity", "number", "-Inf", `rejected: "-Inf" is not a number: list it under missing: if it stands for none`},
		{"hexadecimal", "number", "0x10", `rejected: "0x10" is not a number`},
		{"two points", "number", "1.2.3", `rejected: "1.2.3" is not a number`},
		{"digits with underscores", "number", "1_000", `rejected: "1_000" is not a number`},
		{"a lone minus", "number", "-", `rejected: "-" is not a number: list it under missing: if it stands for none`},
		{"an exponent without digits", "number", "1e", `rejected: "1e" is not a number`},

		{"an amount", "arr", "1234.5", "123450 EUR"},
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

// rowTest decodes one row of named columns.
type rowTest struct {
	kind    fact.Kind
	mapping fact.Mapping
	header  string
	row     string
}

func (r rowTest) decode(t testing.TB) (*fact.Decoder, fact.Row, []fact.Rejection) {
	t.Helper()
	d, err := fact.NewDecoder(r.kind, r.mapping, strings.Split(r.header, ","), berlin(t), "EUR", imported)
	if err != nil {
		t.Fatal(err)
	}
	var fields [][]byte
	for f := range strings.SplitSeq(r.row, ",") {
		fields = append(fields, []byte(f))
	}
	var row fact.Row
	rejections := d.Decode(7, fields, &row)
	return d, row, rejections
}

func TestDecodeMoney(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, row, want string }{
		{"a price of three decimals", "8,0.125,usd", "100 USD"},
		{"half a cent, to even", "1,0.125,USD", "12 USD"},
		{"a negative quantity", "-3,0.335,USD", "-100 USD"}, // -1.005 -> -1.00, to even
		{"a currency of another exponent", "3,0.335,JPY", "1 JPY"},
		{"a product beyond 64 bits", "1234567890123,1234567.890123,USD", "rejected"},
		{"a product that needs 128 bits on the way", "12345678901.2345678,0.0000000001234567,USD", "152 USD"},
		{"a missing factor", ",2.55,USD", "missing"},
		{"a missing currency", "6,2.55,", `rejected: the amount has no currency`},
		{"a currency that is none", "6,2.55,US$", `rejected: "US$" is not a currency: want three letters, such as USD`},
		{"a factor that is no number", "6,n/a,USD", `rejected: "n/a" is not a number: list it under missing: if it stands for none`},
		{"zero times anything", "0,9999999999999,USD", "0 USD"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, row, rejections := rowTest{
				kind:    allTypes(fact.Version),
				mapping: fact.Mapping{Columns: []fact.Binding{{To: "arr", Product: []string{"Quantity", "UnitPrice"}, CurrencyFrom: "Currency"}}},
				header:  "Quantity,UnitPrice,Currency", row: tt.row,
			}.decode(t)
			got := show("arr", row.Values[4], rejections)
			if got != tt.want && !(tt.want == "rejected" && strings.HasPrefix(got, "rejected")) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestDecodeTimes(t *testing.T) {
	t.Parallel()
	at := func(s string) int64 {
		when, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return when.UnixMicro()
	}
	bind := func(names ...string) (list []fact.Binding) {
		for _, name := range names {
			list = append(list, fact.Binding{To: name, From: name})
		}
		return list
	}
	closed := append(bind("at"), fact.Binding{To: "closed", From: "closed", KnownFrom: "closed_on"})
	for _, tt := range []struct {
		name     string
		timing   fact.Timing
		columns  []fact.Binding
		header   string
		row      string
		want     int64
		assumed  bool
		received int64
		guessed  bool
		updated  int64
	}{
		{"a fact that happened, known at once", fact.At, bind("at"), "at", "2026-01-01T10:00:00Z",
			at("2026-01-01T10:00:00Z"), false, at("2026-01-01T10:00:00Z"), true, 0},
		{"a fact received later", fact.At, bind("at", "received_at"), "at,received_at", "2026-01-01T10:00:00Z,2026-02-01T00:00:00Z",
			at("2026-01-01T10:00:00Z"), false, at("2026-02-01T00:00:00Z"), false, 0},
		{"a time of receipt that is empty", fact.At, bind("at", "received_at"), "at,received_at", "2026-01-01T10:00:00Z,",
			at("2026-01-01T10:00:00Z"), false, at("2026-01-01T10:00:00Z"), true, 0},
		{"a time of change", fact.At, bind("at", "updated_at"), "at,updated_at", "2026-01-01T10:00:00Z,2026-03-01T00:00:00Z",
			at("2026-01-01T10:00:00Z"), false, at("2026-01-01T10:00:00Z"), true, at("2026-03-01T00:00:00Z")},
		{"a term from its first day", fact.Term, bind("starts", "ends"), "starts,ends", "2026-01-01,2027-01-01",
			at("2026-01-01T00:00:00Z"), false, at("2026-01-01T00:00:00Z"), true, 0},
		{"a version with its day", fact.Version, bind("valid_from"), "valid_from", "2026-01-01",
			at("2026-01-01T00:00:00Z"), false, at("2026-01-01T00:00:00Z"), true, 0},
		{"a version without a day, from the import's", fact.Version, bind("word"), "word", "x",
			at("2026-05-15T00:00:00Z"), true, at("2026-05-15T00:00:00Z"), true, 0},
		{"a value known from another column", fact.At, closed, "at,closed,closed_on", "2026-01-01T10:00:00Z,ours,2026-04-01T00:00:00Z",
			at("2026-01-01T10:00:00Z"), false, at("2026-04-01T00:00:00Z"), false, 0},
		{"a value whose known-from is empty, known from the import", fact.At, closed, "at,closed,closed_on", "2026-01-01T10:00:00Z,ours,",
			at("2026-01-01T10:00:00Z"), false, imported, true, 0},
		{"no value, so nothing to know", fact.At, closed, "at,closed,closed_on", "2026-01-01T10:00:00Z,,2026-04-01T00:00:00Z",
			at("2026-01-01T10:00:00Z"), false, at("2026-01-01T10:00:00Z"), true, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, row, rejections := rowTest{kind: allTypes(tt.timing), mapping: fact.Mapping{Columns: tt.columns}, header: tt.header, row: tt.row}.decode(t)
			if len(rejections) > 0 {
				t.Fatalf("rejected: %v", rejections)
			}
			row.Values, row.Account = nil, nil
			want := fact.Row{Line: 7, At: tt.want, AtAssumed: tt.assumed, Received: tt.received, ReceivedAssumed: tt.guessed, Updated: tt.updated}
			if diff := cmp.Diff(row, want); diff != "" {
				t.Errorf("row differs (-got +want):\n%s", diff)
			}
		})
	}
}

func TestDecodeListsEveryBadCell(t *testing.T) {
	t.Parallel()
	kind := allTypes(fact.Term)
	_, row, rejections := rowTest{kind: kind, mapping: fact.Mapping{Columns: []fact.Binding{
		{To: "account", From: "Customer"}, {To: "arr", From: "ARR (USD)", Currency: "USD"}, {To: "number", From: "Seats"},
		{To: "starts", From: "Start"}, {To: "ends", From: "End"}, {To: "flag", From: "Auto"},
	}}, header: "Customer,ARR (USD),Seats,Start,End,Auto", row: "Acme,12.00,ten,2026-02-30,,perhaps"}.decode(t)
	want := []fact.Rejection{
		{Line: 7, Column: "Seats", Value: "ten", Reason: `"ten" is not a number: list it under missing: if it stands for none`},
		{Line: 7, Column: "Start", Value: "2026-02-30", Reason: `"2026-02-30" is no day of the calendar`},
		{Line: 7, Column: "Auto", Value: "perhaps", Reason: `"perhaps" is neither yes nor no: write true or false, or say under values: what it means`},
	}
	if diff := cmp.Diff(rejections, want); diff != "" {
		t.Errorf("rejections differ (-got +want):\n%s", diff)
	}
	if got := row.Values[4]; got.Int != 1200 || got.Currency != "USD" {
		t.Errorf("the amount of a rejected row: got %+v, want 1200 USD", got)
	}
}

func TestDecodeTerm(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, row, want string }{
		{"a contract that ends before it starts", "2026-01-01,2025-12-31", "ends on 2025-12-31, before it starts on 2026-01-01"},
		{"a contract cancelled on its first day", "2026-01-01,2026-01-01", ""},
		{"a contract that runs on", "2026-01-01,", ""},
		{"a contract without a start", ",2026-01-01", "it is empty, and every row needs it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, row, rejections := rowTest{kind: allTypes(fact.Term), mapping: fact.Mapping{Columns: []fact.Binding{
				{To: "starts", From: "Start"}, {To: "ends", From: "End"},
			}}, header: "Start,End", row: tt.row}.decode(t)
			got := ""
			if len(rejections) > 0 {
				got = rejections[0].Reason
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if strings.HasSuffix(tt.row, ",") && period.Date(row.Values[11].Int) != period.Open {
				t.Errorf("the end of what runs on: got %+v, want %d", row.Values[11], period.Open)
			}
		})
	}
}

func account() fact.Kind {
	return fact.Kind{Name: "account", Timing: fact.Version, Columns: []fact.Column{
		{Name: "account", Type: fact.Account, Required: true},
		{Name: "parent", Type: fact.Account},
		{Name: "name", Type: fact.Text},
	}}
}

func TestDecodeAccount(t *testing.T) {
	t.Parallel()
	mapping := fact.Mapping{Keys: map[string]string{"support": "zendesk", "billing": "stripe"}, Missing: []string{"-"}, Columns: []fact.Binding{
		{To: "account", From: "id"}, {To: "parent", From: "parent"},
	}}
	for _, tt := range []struct{ name, row, account, parent, others, rejected string }{
		{"an account with further ids", "a1,p1,z9,s7", "a1", "p1", "s7 z9", ""},
		{"an account without them", "a1,,-,", "a1", "", " ", ""},
		{"an account that is its own parent", "a1,a1,,", "a1", "", " ", ""},
		{"no account", ",p1,,", "", "p1", " ", "it is empty, and every row needs it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, row, rejections := rowTest{kind: account(), mapping: mapping, header: "id,parent,zendesk,stripe", row: tt.row}.decode(t)
			rejected := ""
			if len(rejections) > 0 {
				rejected = rejections[0].Reason
			}
			got := []string{string(row.Account), string(row.Values[1].Text), string(d.Others()[0]) + " " + string(d.Others()[1]), rejected}
			if diff := cmp.Diff(got, []string{tt.account, tt.parent, tt.others, tt.rejected}); diff != "" {
				t.Errorf("row differs (-got +want):\n%s", diff)
			}
			if diff := cmp.Diff(d.Spaces(), []string{"billing", "support"}); diff != "" {
				t.Errorf("id spaces differ (-got +want):\n%s", diff)
			}
		})
	}
}

func TestNewDecoderListsEveryMistake(t *testing.T) {
	t.Parallel()
	constant := "ten"
	kind := allTypes(fact.Term)
	mapping := fact.Mapping{Name: "contracts", TimeZone: "Berlin", Columns: []fact.Binding{
		{To: "account", From: "Custmer"},
		{To: "arr", From: "ARR", CurrencyFrom: "Curency"},
		{To: "number", Constant: &constant},
		{To: "day", From: "Start", Layout: "q/m/Y"},
		{To: "moment", From: "Start", Layout: "d/m"},
		{To: "numbr", From: "ARR"},
		{To: "word", Product: []string{"ARR", "Start"}},
		{To: "flag", From: "Start", KnownFrom: "Since"},
	}}
	_, err := fact.NewDecoder(kind, mapping, []string{"Customer", "ARR", "Currency", "Start"}, berlin(t), "EUR", imported)
	var failure diag.Failure
	if !errors.As(err, &failure) {
		t.Fatalf("got %v, want a diag.Failure", err)
	}
	columns := "its columns are Customer, ARR, Currency, Start"
	want := []string{
		`load time zone "Berlin": no such zone; names look like Europe/Berlin [unknown_time_zone]`,
		`source "contracts": the file has no column "Custmer" (did you mean "Customer"?; ` + columns + `) [unknown_file_column]`,
		`source "contracts": the file has no column "Curency" (did you mean "Currency"?; ` + columns + `) [unknown_file_column]`,
		`constant of "number": "ten" is not a number: list it under missing: if it stands for none [bad_constant]`,
		`read date layout "q/m/Y": unknown letter "q"; the letters are Y y m M d H h A i s P U, as in d/m/Y H:i [bad_layout]`,
		`read date layout "d/m": it needs a year, a month and a day, as in d/m/Y [bad_layout]`,
		`sample has no column "numbr" (did you mean "number"?) [unknown_column]`,
		`"word" is a text, so it cannot be a product [product_of_text]`,
		`source "contracts": the file has no column "Since" (` + columns + `) [unknown_file_column]`,
	}
	var got []string
	for _, d := range failure.List {
		got = append(got, d.String())
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("findings differ (-got +want):\n%s", diff)
	}
}

func TestNewDecoderWantsWhatEveryRowNeeds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		kind    fact.Kind
		mapping fact.Mapping
		want    string
	}{
		{"an event without a time", fact.Kind{Name: "event", Timing: fact.At}, fact.Mapping{Name: "log"}, `source "log" fills no "at", which every event needs`},
		{"a term without a start", allTypes(fact.Term), fact.Mapping{Name: "log"}, `source "log" fills no "starts", which every sample needs`},
		{"an account without a key", account(), fact.Mapping{Name: "crm", Rows: fact.Patch}, `source "crm" fills no "account", which every account needs`},
		{"a patch of a version", allTypes(fact.Version), fact.Mapping{Name: "crm", Rows: fact.Patch}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := fact.NewDecoder(tt.kind, tt.mapping, []string{"a"}, period.Zone{}, "EUR", imported)
			got := ""
			if err != nil {
				got = err.(diag.Failure).List[0].Message
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPatchLeavesOpenDatesAlone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		mode fact.RowMode
		want fact.Value
	}{
		{"an append, which knows of no renewal", fact.Append, fact.Value{Int: int64(period.Open)}},
		{"a patch, which does not speak of it", fact.Patch, fact.Value{Missing: true}},
	} {
		_, row, _ := rowTest{kind: allTypes(fact.Version), mapping: fact.Mapping{Rows: tt.mode, Columns: []fact.Binding{{To: "word", From: "a"}}}, header: "a", row: "x"}.decode(t)
		if diff := cmp.Diff(row.Values[9], tt.want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", tt.name, diff)
		}
	}
}

func TestRounded(t *testing.T) {
	t.Parallel()
	d, err := fact.NewDecoder(allTypes(fact.Version), fact.Mapping{Columns: []fact.Binding{
		{To: "number", From: "share"}, {To: "arr", From: "price"},
	}}, []string{"share", "price"}, period.Zone{}, "EUR", imported)
	if err != nil {
		t.Fatal(err)
	}
	var row fact.Row
	for _, fields := range [][]string{{"0.3333333333", "1.25"}, {"0.5", "1.125"}, {"1e-9", "1.12500"}, {"0.1234560000", "2"}} {
		if got := d.Decode(1, [][]byte{[]byte(fields[0]), []byte(fields[1])}, &row); len(got) > 0 {
			t.Fatal(got)
		}
	}
	if diff := cmp.Diff(d.Rounded(), map[string]int64{"share": 2, "price": 2}); diff != "" {
		t.Errorf("rounded values differ (-got +want):\n%s", diff)
	}
}

func TestLongValuesAreCut(t *testing.T) {
	t.Parallel()
	_, rejections := decodeOne(t, fact.Binding{To: "number"}, fact.Mapping{}, strings.Repeat("ä", 1000))
	if got := len([]rune(rejections[0].Value)); got != 200 {
		t.Errorf("value: got %d characters, want 200", got)
	}
	if got := len(rejections[0].Reason); got > 300 {
		t.Errorf("reason: got %d bytes", got)
	}
}

