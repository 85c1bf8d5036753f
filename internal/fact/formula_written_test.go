package fact_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/fact"
)

// derived decodes rows of the columns a, b and term, cells with ; between, by a
// formula, as an import does: where a value needs the whole column, after a look
// through it. It returns what column does.
func derived(t *testing.T, to, source string, m fact.Mapping, rows ...string) string {
	t.Helper()
	m.Columns = append(m.Columns, fact.Binding{To: to, Is: formula(t, source)})
	kind := allTypes(fact.Version)
	open := func() *fact.Decoder {
		d, err := fact.NewDecoder(kind, m, []string{"a", "b", "term"}, berlin(t), "EUR", imported)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	fields := func(row string) [][]byte {
		cells := strings.Split(row+";;", ";")
		return [][]byte{[]byte(cells[0]), []byte(cells[1]), []byte(cells[2])}
	}
	d, unsettled := open(), false
	var row fact.Row
	for i, r := range rows {
		d.Judge(i+2, fields(r))
		d.Decode(i+2, fields(r), &row)
		unsettled = unsettled || d.Unsettled()
	}
	var said []string
	if unsettled {
		look := open()
		for i, r := range rows {
			look.Look(i+2, fields(r))
		}
		found, readings, err := look.Settle()
		if failure, ok := errors.AsType[diag.Failure](err); ok {
			return failure.List[0].Message + " [" + failure.List[0].Code + "]"
		}
		m.Found, said = found, readings
	}
	d = open()
	var list []string
	for i, r := range rows {
		switch fate, _ := d.Judge(i+2, fields(r)); {
		case fate == fact.Wrong || len(d.Decode(i+2, fields(r), &row)) > 0:
			list = append(list, "!")
		case fate != fact.Kept:
			list = append(list, "-")
		default:
			list = append(list, showValue(kind, to, row))
		}
	}
	if d.Unsettled() {
		t.Errorf("%v: still unsettled", rows)
	}
	return strings.Join(append([]string{strings.Join(list, " ")}, said...), "\n")
}

// Dates and numbers in formulas are written as their columns are, which is
// decided on all of their values.
func TestFormulasReadWholeColumns(t *testing.T) {
	t.Parallel()
	const mdyOfA = "\n" + `column "a": 2/28/2026 is read as 2026-02-28, because 2/28/2026 on line 3 has the month first (dates: m/d/Y)`
	for _, tt := range []struct {
		name, to, source string
		mapping          fact.Mapping
		rows             []string
		want             string
	}{
		{"the month first", "day", "date(a)", fact.Mapping{}, []string{"3/4/2026", "2/28/2026"}, "2026-03-04 2026-02-28" + mdyOfA},
		{"the first of two columns, each as it is written", "day", "date(a.or(b))", fact.Mapping{}, []string{"3/4/2026;2026-01-31", ";2026-01-31", "2/28/2026;", ";13/04/2026"}, "2026-03-04 2026-01-31 2026-02-28 2026-04-13\n" +
			`column "a": 2/28/2026 is read as 2026-02-28, because 2/28/2026 on line 4 has the month first (dates: m/d/Y)` + "\n" +
			`column "b": 13/04/2026 is read as 2026-04-13, because 13/04/2026 on line 5 has the day first (dates: iso | d/m/Y)`},
		{"a column by a condition", "day", `date(term == "x" ? a : b.trim())`, fact.Mapping{}, []string{"2/28/2026;28.2.2026;x", "3/4/2026; 3.4.2026 ;y"}, "2026-02-28 2026-04-03\n" +
			`column "a": 2/28/2026 is read as 2026-02-28, because 2/28/2026 on line 2 has the month first (dates: m/d/Y)` + "\n" +
			`column "b": 28.2.2026 is read as 2026-02-28, because 28.2.2026 on line 2 has the day first (dates: d.m.Y)`},
		{"what nothing tells", "day", "date(a)", fact.Mapping{}, []string{"3/4/2026"}, `column "a": 3/4/2026 on line 2 can be 2026-04-03 or 2026-03-04, and no value tells which; say dates: d/m/Y or dates: m/d/Y [ambiguous_dates]`},
		{"what the mapping says", "day", "date(a)", fact.Mapping{Dates: "m/d/Y"}, []string{"3/4/2026"}, "2026-03-04"},
		{"what another column of the mapping says of the same one", "day", "date(a)", fact.Mapping{Columns: []fact.Binding{{To: "renewal", From: "a", Layout: "m/d/Y"}}}, []string{"3/4/2026"}, "2026-03-04"},
		{"what the call says", "day", `date(a, "d/m/Y")`, fact.Mapping{}, []string{"3/4/2026", "13/4/2026"}, "2026-04-03 2026-04-13"},
		{"a part of a column", "day", `date(a.part(" ", 1))`, fact.Mapping{}, []string{"3/4/2026 until", "2/28/2026 until"}, "2026-03-04 2026-02-28\n" +
			`what a.part(" ", 1) gives: 2/28/2026 is read as 2026-02-28, because 2/28/2026 on line 3 has the month first (dates: m/d/Y)`},
		{"a part of a column that nothing tells", "day", `date(a.part(" ", 1))`, fact.Mapping{}, []string{"3/4/2026 until"}, `what a.part(" ", 1) gives: 3/4/2026 on line 2 can be 2026-04-03 or 2026-03-04, and no value tells which; say dates: d/m/Y or dates: m/d/Y [ambiguous_dates]`},
		{"a text for a day", "day", "a.or(b)", fact.Mapping{}, []string{"3/4/2026", "2/28/2026", ";2026-01-31"}, "2026-03-04 2026-02-28 2026-01-31" + mdyOfA},
		{"a condition of the source", "day", "date(a)", fact.Mapping{Where: formula(t, `date(a) > date("2026-03-01")`)}, []string{"3/4/2026", "2/28/2026"}, "2026-03-04 -" + mdyOfA},
		{"months after a day, with a column that both read", "renewal", "add_months(date(a), number(term))", fact.Mapping{Columns: []fact.Binding{{To: "day", From: "a"}}}, []string{"3/4/2026;;12", "2/28/2026;;1"}, "2027-03-04 2026-03-28" + mdyOfA},
		{"numbers with a comma", "number", "number(a) * 2", fact.Mapping{}, []string{"1.234,56", "12"}, "2469120000 24000000\n" + `column "a": 1.234,56 is read as 1234.56, because 1.234,56 on line 2 has a comma before its decimals`},
		{"amounts with the sign of a currency", "arr", "number(a) * 12 / number(term)", fact.Mapping{}, []string{"$1,200;;12", "$24,000;;24"}, "120000EUR 1200000EUR\n" + `column "a": $1,200 is read as 1200, because the comma always stands before three digits, and amounts have two decimals ($1,200 on line 2)`},
		{"numbers that can be either", "arr", "number(a) * 12", fact.Mapping{}, []string{"1,200"}, `column "a": 1,200 on line 2 can be 1200 or 1.200; say numbers: "1,234.56" or numbers: "1.234,56" [ambiguous_numbers]`},
		{"an amount that a column takes as it stands too", "number", "number(a)", fact.Mapping{Columns: []fact.Binding{{To: "arr", From: "a"}}}, []string{"1,200"}, "1200000000\n" + `column "a": 1,200 is read as 1200, because the comma always stands before three digits, and amounts have two decimals (1,200 on line 2)`},
		{"a text for a number", "number", "a.or(b)", fact.Mapping{}, []string{"1,5", "2,25"}, "1500000 2250000\n" + `column "a": 1,5 is read as 1.5, because 2 values have a comma before their decimals, as 1,5 on line 2`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := derived(t, tt.to, tt.source, tt.mapping, tt.rows...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
