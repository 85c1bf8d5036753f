package fact_test

import (
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

func formula(t testing.TB, source string) *rule.Expr {
	t.Helper()
	env, err := rule.NewRowEnv()
	if err != nil {
		t.Fatal(err)
	}
	x, found := env.Compile(source, rule.TypeNone, diag.Pos{})
	if x == nil {
		t.Fatalf("%s: %v", source, found.Err())
	}
	return x
}

// sheet is a row of an export by column.
type sheet map[string]string

func (s sheet) header() (header []string, fields [][]byte) {
	for name, text := range s {
		header = append(header, name)
		fields = append(fields, []byte(text))
	}
	return header, fields
}

// deriveOne fills a column of the kind by a formula over a row.
func deriveOne(t testing.TB, to, source string, m fact.Mapping, row sheet) (fact.Value, []fact.Rejection) {
	t.Helper()
	m.Columns = append(m.Columns, fact.Binding{To: to, Is: formula(t, source), Minor: m.Title == "minor"})
	kind := allTypes(fact.Version)
	header, fields := row.header()
	d, err := fact.NewDecoder(kind, m, header, berlin(t), "USD", imported)
	if err != nil {
		t.Fatal(err)
	}
	var out fact.Row
	rejections := d.Decode(2, fields, &out)
	for i, c := range kind.Columns {
		if c.Name == to {
			return out.Values[i], rejections
		}
	}
	t.Fatalf("no column %q", to)
	return fact.Value{}, nil
}

func TestFormulaNumbers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, source string
		row          sheet
		want         int64 // millionths
	}{
		{"a number as it stands", "number(a)", sheet{"a": "12.5"}, 12_500_000},
		{"tenths that no float64 holds", "number(a) + 0.2 - 0.3", sheet{"a": "0.1"}, 0},
		{"a third of a whole, and back", "number(a) / 3 * 3", sheet{"a": "1"}, 1_000_000},
		// 10/3 = 3.333333|33
		{"a third, rounded once", "number(a) / 3", sheet{"a": "10"}, 3_333_333},
		// 0.0000005 is half of a millionth: to even, 0; 0.0000015 to 2 millionths
		{"half of a millionth, to even", "number(a) / 2", sheet{"a": "0.000001"}, 0},
		{"one and a half millionths, to even", "number(a) / 2", sheet{"a": "0.000003"}, 2},
		{"below zero, to even", "-number(a) / 2", sheet{"a": "0.000003"}, -2},
		{"a long product that fits in the end", "number(a) * number(a) / number(a)", sheet{"a": "9000000000000"}, 9_000_000_000_000_000_000},
		{"what is left of a division", "number(a) % 4", sheet{"a": "-7.5"}, -3_500_000},
		{"a number rounded, halves away from zero", "round(number(a))", sheet{"a": "-2.5"}, -3_000_000},
		{"the larger", "max(number(a), 3)", sheet{"a": "2.99"}, 3_000_000},
		{"without its sign", "abs(number(a))", sheet{"a": "-2"}, 2_000_000},
		{"a choice", `a == "x" ? 1 : 2`, sheet{"a": "y"}, 2_000_000},
		{"what stands for an empty cell", `number(a.or("7"))`, sheet{"a": " "}, 7_000_000},
		{"a missing text", `number(a).or(7)`, sheet{"a": "N/A"}, 7_000_000},
		{"days between", `days_between(date(a), date("2024-03-01"))`, sheet{"a": "2024-02-28"}, 2_000_000},
		// Whole months are counted as such, leap day or not; the rest is a part of the month
		// that it would fill: 15 of the 30 days from 2026-06-01 on, 14 of the 28 from 2026-02-01 on.
		{"months of a year", `months_between(date(a), date("2025-03-01"))`, sheet{"a": "2024-03-01"}, 12_000_000},
		{"months of a leap year", `months_between(date(a), date("2024-03-01"))`, sheet{"a": "2023-03-01"}, 12_000_000},
		{"months and a half", `months_between(date(a), date("2026-06-16"))`, sheet{"a": "2026-05-01"}, 1_500_000},
		{"half a february", `months_between(date(a), date("2026-02-15"))`, sheet{"a": "2026-02-01"}, 500_000},
		{"months from a 31st", `months_between(date(a), date("2026-02-28"))`, sheet{"a": "2026-01-31"}, 1_000_000},
		{"months back", `months_between(date(a), date("2026-01-01"))`, sheet{"a": "2026-04-01"}, -3_000_000},
		{"no months", `months_between(date(a), date("2026-01-01"))`, sheet{"a": "2026-01-01"}, 0},
		{"the year of a date", `year(date(a, "d.m.Y"))`, sheet{"a": "31.12.2025"}, 2025_000_000},
		{"the month and the day", `month(date(a)) * 100 + day(date(a))`, sheet{"a": "2025-12-31"}, 1231_000_000},
		{"a column with spaces", `number(col("Deal Amount"))`, sheet{"Deal Amount": "5"}, 5_000_000},
		{"a column with a dot", `number(plan.amount)`, sheet{"plan.amount": "5"}, 5_000_000},
		{"the length of a text", `size(a)`, sheet{"a": "größe"}, 5_000_000},
		{"exponents", `number(a) * 1e6`, sheet{"a": "1e-6"}, 1_000_000},
		{"one of several", `a in ["x", "y"] ? 1 : 0`, sheet{"a": "y"}, 1_000_000},
		{"nothing that matters is unknown", `b == "q" || a == "x" ? 1 : 0`, sheet{"a": "x", "b": ""}, 1_000_000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, rejections := deriveOne(t, "number", tt.source, fact.Mapping{Missing: []string{"N/A"}}, tt.row)
			if len(rejections) > 0 || v.Missing || v.Int != tt.want {
				t.Errorf("got %d (missing %t, %v), want %d", v.Int, v.Missing, rejections, tt.want)
			}
		})
	}
}

func TestFormulaMoney(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, source string
		minor        bool
		want         int64 // cents
	}{
		// 1,000.00 over 7 months: 1000 x 12 / 7 = 1714.285714...
		{"a contract value as a rate", "number(a) * 12 / 7", false, 171_429},
		// 4,999 cents a month less 12.5 %: 4999 x 0.875 x 12 = 52,489.5 cents, to even 52,490
		{"cents with a discount", "number(b) * (1 - 12.5 / 100) * 12", true, 52_490},
		// 4,997 cents: 4997 x 0.875 x 12 = 52,468.5, to even 52,468
		{"cents on the other side of even", "(number(b) - 2) * (1 - 12.5 / 100) * 12", true, 52_468},
		{"cents by the quarter of an hour", "number(b) * 4 / 4", true, 4_999},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := fact.Mapping{}
			if tt.minor {
				m.Title = "minor"
			}
			v, rejections := deriveOne(t, "arr", tt.source, m, sheet{"a": "1000.00", "b": "4999"})
			if len(rejections) > 0 || v.Int != tt.want || v.Currency != "USD" {
				t.Errorf("got %d %s (%v), want %d", v.Int, v.Currency, rejections, tt.want)
			}
		})
	}
}

func TestFormulaTexts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, source, in, want string }{
		{"capitals", "a.lower()", "ÄRGER", "ärger"},
		{"small letters", "a.upper()", "ärger", "ÄRGER"},
		{"a part", `a.part("@", 2)`, "x@y.com", "y.com"},
		{"the last part", `a.part(" > ", -1)`, "EMEA > DACH > Bern", "Bern"},
		{"a part that is not there", `a.part("/", 3)`, "a/b", ""},
		{"a replacement", `a.replace(".", ",")`, "1.2.3", "1,2,3"},
		{"what a pattern finds", `a.extract("#([0-9]+)")`, "order #77, #78", "77"},
		{"all that a pattern finds", `a.extract("[0-9]+")`, "order #77", "77"},
		{"nothing found", `a.extract("[0-9]+")`, "order", ""},
		{"texts joined", `a + "-" + text(number("1.50"))`, "x", "x-1.5"},
		{"a date as a text", `text(add_months(date(a), 1))`, "2024-01-31", "2024-02-29"},
		{"an id of 15", "sfid18(a)", "0019000000B98de", "0019000000B98deAAB"},
		{"what is no such id", "sfid18(a)", "Acme", "Acme"},
		{"a condition", `a.matches("^A[0-9]$") && a.startsWith("A") && a.endsWith("1") && a.contains("A") ? "yes" : "no"`, "A1", "yes"},
		{"an empty cell", `a + "x"`, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, rejections := deriveOne(t, "word", tt.source, fact.Mapping{}, sheet{"a": tt.in})
			if len(rejections) > 0 || string(v.Text) != tt.want || v.Missing != (tt.want == "") {
				t.Errorf("got %q (missing %t, %v), want %q", v.Text, v.Missing, rejections, tt.want)
			}
		})
	}
}

func TestFormulaDates(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, source, want string }{
		// SEMANTICS 3: month arithmetic clips to the month's end.
		{"a month after the 31st", `add_months(date("2023-01-31"), 1)`, "2023-02-28"},
		{"a month after the 31st in a leap year", `add_months(date("2024-01-31"), number(one))`, "2024-02-29"},
		{"a year after the leap day", `add_months(date("2024-02-29"), 12)`, "2025-02-28"},
		{"three months before", `add_months(date("2024-05-31"), -3)`, "2024-02-29"},
		{"a term of a year", `add_months(date(start), number(term))`, "2025-03-01"},
		{"days", `date(start) + 30d - days(number(one))`, "2024-03-30"},
		{"a time takes its day", `date(at)`, "2024-03-01"},
		{"the later", `max(date(start), date("2024-06-01"))`, "2024-06-01"},
		{"a layout of its own", `date(us, "m/d/Y")`, "2024-12-31"},
		{"a text, read as a cell is", `start`, "2024-03-01"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			row := sheet{"start": "2024-03-01", "term": "12", "one": "1", "at": "2024-03-01 23:59:59", "us": "12/31/2024"}
			v, rejections := deriveOne(t, "day", tt.source, fact.Mapping{}, row)
			if got := period.Date(v.Int).String(); len(rejections) > 0 || got != tt.want {
				t.Errorf("got %s (%v), want %s", got, rejections, tt.want)
			}
		})
	}
	// Midnight of 1 March 2024 in Berlin is 23:00 UTC of the day before.
	v, _ := deriveOne(t, "moment", `date(a)`, fact.Mapping{}, sheet{"a": "2024-03-01"})
	if want := period.NewDate(2024, 3, 1).Micros() - 3_600_000_000; v.Int != want {
		t.Errorf("got the instant %d, want %d", v.Int, want)
	}
	if v, _ := deriveOne(t, "renewal", `date(a)`, fact.Mapping{}, sheet{"a": ""}); v.Int != int64(period.Open) || v.Missing {
		t.Errorf("got %d, want an open date", v.Int)
	}
	if v, _ := deriveOne(t, "flag", `a != "no"`, fact.Mapping{}, sheet{"a": "x"}); v.Int != 1 || v.Missing {
		t.Errorf("got %d, want yes", v.Int)
	}
}

func TestFormulaRejections(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, to, source, in  string
		column, value, reason string
	}{
		{"a text that is no number", "number", "number(a) * 2", "x7", "a", "x7", `"x7" is not a number`},
		{"a text that is no date", "day", "date(a)", "soon", "a", "soon", `"soon" is not a date`},
		{"a date that is not written so", "day", `date(a, "d/m/Y")`, "2024-01-01", "a", "2024-01-01", `"2024-01-01" is not written as d/m/Y`},
		{"zero below", "number", "1 / number(a)", "0", "number", "1 / number(a)", "division by zero"},
		{"half a month", "day", `add_months(date("2024-01-01"), number(a))`, "1.5", "a", "1.5", "1.5 is no whole number of months"},
		{"a day far away", "day", `date("9999-12-30") + days(number(a))`, "5", "day", "", "lies outside of the calendar"},
		{"a day nobody means", "day", `date("2199-12-31") + days(number(a))`, "5", "day", "", "cannot be meant"},
		{"a number that is too large", "number", "number(a) * number(a)", "9000000000000", "number", "", "too large"},
		{"twenty digits that count", "number", "number(a)", "123456789012345678.901", "a", "123456789012345678.901", "too many digits"},
		{"garbage behind a default", "number", "number(a).or(0)", "x", "a", "x", "is not a number"},
		{"a text that the column does not take", "flag", "a", "perhaps", "flag", "perhaps", "neither yes nor no"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, rejections := deriveOne(t, tt.to, tt.source, fact.Mapping{}, sheet{"a": tt.in})
			if len(rejections) != 1 {
				t.Fatalf("got %v, want one rejection", rejections)
			}
			r := rejections[0]
			if r.Line != 2 || r.Column != tt.column || !strings.Contains(r.Reason, tt.reason) || tt.value != "" && r.Value != tt.value {
				t.Errorf("got %+v, want column %q, value %q, reason %q", r, tt.column, tt.value, tt.reason)
			}
		})
	}
}

// TestSfid18 takes published pairs, and works one by hand:
//
//	0015000000Gv7qJ: 00150 has no capital: A; 00000: A; Gv7qJ has them at
//	places 1 and 5, bits 1 + 16 = 17, the 18th of A to Z and 0 to 5: R.
func TestSfid18(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, id, want string
		ok             bool
	}{
		{"a published id", "0019000000B98de", "0019000000B98deAAB", true},
		{"another", "0010i0000046cD3", "0010i0000046cD3AAI", true},
		{"one worked by hand", "0015000000Gv7qJ", "0015000000Gv7qJAAR", true},
		{"one that has its ending", "0010i0000046cD3AAI", "0010i0000046cD3AAI", true},
		{"one whose capitals were lost", "0015000000gv7qjaar", "0015000000Gv7qJAAR", true},
		{"one in capitals", "0010I0000046CD3AAI", "0010i0000046cD3AAI", true},
		{"all capitals", "ABCDEFGHIJKLMNO", "ABCDEFGHIJKLMNO555", true},
		{"an ending that makes a figure a capital", "001000000000000B99", "", false},
		{"a sign within", "0010i00000-6cD3", "", false},
		{"another length", "0010i0000046cD3A", "", false},
		{"nothing", "", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := fact.Sfid18(tt.id)
			if got != tt.want || ok != tt.ok {
				t.Errorf("got %q, %t, want %q, %t", got, ok, tt.want, tt.ok)
			}
		})
	}
}

// FuzzFormula checks that no formula and no text make the decoder panic, and
// that a row that is not rejected gives the same value again.
func FuzzFormula(f *testing.F) {
	for _, source := range []string{
		`number(a) * 12 / number(b)`, `add_months(date(a), number(b))`, `a.part("/", -2) + b.extract("(x*)y?")`, `known(a) && a < b`,
		`date(a, "d/m/Y") + days(number(b)) - 8w`, `sfid18(a.replace(b, "xx"))`, `a.or(b).lower().upper().trim()`, `-number(a) % number(b)`,
		`a in ["x", "y"] ? round(abs(number(b))) : size(a)`, `text(max(number(a), number(b), 0.5))`, `number(a) == number(b) || !(date(a) >= date(b))`,
		`days_between(date(a), date(b)) * 1e18 * 1e18`, `text(date(a) - (date(b) - date(a)))`,
	} {
		f.Add(source, "12", "0.5")
		f.Add(source, "2024-01-31", "1e60")
		f.Add(source, "", "\xff")
	}
	env, err := rule.NewRowEnv()
	if err != nil {
		f.Fatal(err)
	}
	kind := allTypes(fact.Version)
	zone := berlin(f)
	f.Fuzz(func(t *testing.T, source, a, b string) {
		x, _ := env.Compile(source, rule.TypeNone, diag.Pos{})
		if x == nil {
			return
		}
		for _, to := range []string{"word", "number", "arr", "day", "moment", "flag", "renewal"} {
			d, err := fact.NewDecoder(kind, fact.Mapping{Columns: []fact.Binding{{To: to, Is: x}}}, []string{"a", "b"}, zone, "USD", imported)
			if err != nil {
				continue
			}
			var rows [2]fact.Row
			var rejected [2]int
			for i := range rows {
				rejected[i] = len(d.Decode(2, [][]byte{[]byte(a), []byte(b)}, &rows[i]))
			}
			if rejected[0] != rejected[1] {
				t.Fatalf("%s over %q, %q: got %d rejections, then %d", source, a, b, rejected[0], rejected[1])
			}
		}
	})
}
