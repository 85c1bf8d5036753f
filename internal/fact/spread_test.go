package fact_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/fact"
)

// spreadOne returns what one row of a file becomes: "id word" of each fact.
func spreadOne(t *testing.T, m fact.Mapping, header, row string) []string {
	t.Helper()
	d, err := fact.NewDecoder(allTypes(fact.Version), m, strings.Split(header, ","), berlin(t), "USD", imported)
	if err != nil {
		t.Fatal(err)
	}
	var fields [][]byte
	for text := range strings.SplitSeq(row, ",") {
		fields = append(fields, []byte(text))
	}
	var got []string
	err = d.Spread(fields, func(fields [][]byte) error {
		var out fact.Row
		if rejections := d.Decode(2, fields, &out); len(rejections) > 0 {
			t.Errorf("got %v", rejections)
		}
		got = append(got, fmt.Sprintf("%s %s", out.ID, out.Values[2].Text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Join(strings.Split(row, ","), ","); string(joinFields(fields)) != want {
		t.Errorf("the row has become %s, and was %s", joinFields(fields), want)
	}
	return got
}

func joinFields(fields [][]byte) []byte {
	var parts []string
	for _, f := range fields {
		parts = append(parts, string(f))
	}
	return []byte(strings.Join(parts, ","))
}

func TestSpread(t *testing.T) {
	t.Parallel()
	id := fact.Binding{To: "id", From: "id"}
	for _, tt := range []struct {
		name        string
		m           fact.Mapping
		header, row string
		want        []string
	}{
		{
			"columns by pattern, in the order of the file",
			fact.Mapping{Unpivot: &fact.Unpivot{Columns: []string{"20*"}}, Columns: []fact.Binding{id, {To: "word", From: "value"}}},
			"id,2026-01,2026-02,note", "r,5,7,x",
			[]string{"r/2026-01 5", "r/2026-02 7"},
		},
		{
			"empty cells, and columns that stay",
			fact.Mapping{
				Missing: []string{"-"}, Unpivot: &fact.Unpivot{Columns: []string{"q?", "note"}, Except: []string{"q2"}, Name: "question", Value: "answer"},
				Columns: []fact.Binding{id, {To: "word", Is: formula(t, `question + ": " + answer`)}},
			},
			"id,q1,q2,q3,note", "r,-,b,c, ",
			[]string{"r/q3 q3: c"},
		},
		{
			"the next column, where that is empty: the last has none",
			fact.Mapping{
				Missing: []string{"0"}, Unpivot: &fact.Unpivot{Columns: []string{"20*"}, Empty: "stopped"},
				Columns: []fact.Binding{id, {To: "word", Is: formula(t, `value + stopped.or("")`)}},
			},
			"id,2026-01,2026-02,2026-03,2026-04,2026-05", "r,5,0,7,8,",
			[]string{"r/2026-01 52026-02", "r/2026-03 7", "r/2026-04 82026-05"},
		},
		{
			"next columns, where all are filled",
			fact.Mapping{
				Unpivot: &fact.Unpivot{Columns: []string{"20*"}, Empty: "stopped"},
				Columns: []fact.Binding{id, {To: "word", Is: formula(t, `value + stopped.or("")`)}},
			},
			"id,2026-01,2026-02", "r,5,6",
			[]string{"r/2026-01 5", "r/2026-02 6"},
		},
		{
			"an id that tells the rows apart itself",
			fact.Mapping{
				Unpivot: &fact.Unpivot{Columns: []string{"q*"}}, Columns: []fact.Binding{{To: "id", Is: formula(t, `name + id`)}, {To: "word", From: "value"}},
			},
			"id,q1,q2", "r,a,b",
			[]string{"q1r a", "q2r b"},
		},
		{
			"a list, without empty items and repeats",
			fact.Mapping{Split: &fact.Split{Column: "needs", By: "|"}, Columns: []fact.Binding{id, {To: "word", From: "needs"}}},
			"id,needs", "r,speed | price||speed ",
			[]string{"r/speed speed", "r/price price"},
		},
		{
			"an empty list",
			fact.Mapping{Split: &fact.Split{Column: "needs", By: "|"}, Columns: []fact.Binding{id, {To: "word", From: "needs"}}},
			"id,needs", "r,", nil,
		},
		{
			"lists in several columns",
			fact.Mapping{
				Unpivot: &fact.Unpivot{Columns: []string{"q1", "q2"}}, Split: &fact.Split{Column: "value", By: ";"},
				Columns: []fact.Binding{id, {To: "word", From: "value"}},
			},
			"id,q1,q2", "r,a;b,b",
			[]string{"r/q1/a a", "r/q1/b b", "r/q2/b b"},
		},
		{
			"names for columns",
			fact.Mapping{
				Names: map[string][]string{"wish": {"Wish", "Wünsche"}}, Split: &fact.Split{Column: "wish", By: ";"},
				Columns: []fact.Binding{id, {To: "word", From: "wish"}},
			},
			"id,Wünsche", "r,a;b",
			[]string{"r/a a", "r/b b"},
		},
		{
			"patterns for columns",
			fact.Mapping{
				Names:   map[string][]string{"wish": {"None *", "Q2 / *"}},
				Columns: []fact.Binding{{To: "id", From: "* / Seq"}, {To: "word", Is: formula(t, `col("Q1*") + wish`)}},
			},
			"RDS / Seq,Q1 / Size?,Q2 / Wish?", "r,a,b",
			[]string{"r ab"},
		},
		{
			"no spread", fact.Mapping{Columns: []fact.Binding{id, {To: "word", From: "w"}}}, "id,w", "r,a", []string{"r a"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(spreadOne(t, tt.m, tt.header, tt.row), tt.want); diff != "" {
				t.Errorf("rows (-got +want):\n%s", diff)
			}
		})
	}
}

func TestSpreadFindings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		m    fact.Mapping
		want string
	}{
		{
			"a column of a formula that the file lacks",
			fact.Mapping{Columns: []fact.Binding{{To: "number", Is: formula(t, "number(amuont)")}}},
			`the file has no column "amuont" (did you mean "amount"?`,
		},
		{"a column of the condition that the file lacks", fact.Mapping{Where: formula(t, `stge == "won"`)}, `the file has no column "stge" (did you mean "stage"?`},
		{
			"a pattern that fits several columns",
			fact.Mapping{Columns: []fact.Binding{{To: "word", From: "*a*"}}},
			`"*a*" fits 2 columns of the file, not one (write more of the name; amount, stage)`,
		},
		{
			"none of several columns",
			fact.Mapping{Names: map[string][]string{"who": {"customer", "client"}}, Columns: []fact.Binding{{To: "word", From: "who"}}},
			`the file has no column for who: none of customer, client (say which it is under names:, as in names: {who: COLUMN}; its columns are id, amount, stage)`,
		},
		{"a pattern that fits nothing", fact.Mapping{Unpivot: &fact.Unpivot{Columns: []string{"20*"}}}, `the file has no column "20*" to make rows of`},
		{
			"a name that the file has",
			fact.Mapping{Unpivot: &fact.Unpivot{Columns: []string{"amount"}, Value: "stage"}},
			`the file has a column "stage" already, which unpivot would make (say value: under unpivot:`,
		},
		{"a list that the file lacks", fact.Mapping{Split: &fact.Split{Column: "stag", By: ";"}}, `the file has no column "stag" (did you mean "stage"?`},
		{
			"a formula that the column does not take",
			fact.Mapping{Columns: []fact.Binding{{To: "flag", Is: formula(t, "number(amount)")}}},
			`"flag" is yes or no, but the formula is a number`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := fact.NewDecoder(allTypes(fact.Version), tt.m, []string{"id", "amount", "stage"}, berlin(t), "USD", imported)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	d, err := fact.NewDecoder(allTypes(fact.Version), fact.Mapping{Where: formula(t, `stage == "won" && number(amount) > 0`)},
		[]string{"stage", "amount"}, berlin(t), "USD", imported)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, stage, amount string
		want                fact.Fate
	}{
		{"a row that counts", "won", "1", fact.Kept},
		{"a row that does not", "lost", "x", fact.LeftOut},
		{"an amount that is none", "won", "x", fact.Wrong},
		{"an empty stage", "", "1", fact.LeftOutUnknown},
		{"an empty stage that does not matter", "", "0", fact.LeftOut},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, rejections := d.Judge(3, [][]byte{[]byte(tt.stage), []byte(tt.amount)})
			if got != tt.want || (len(rejections) > 0) != (tt.want == fact.Wrong) {
				t.Errorf("got %d (%v), want %d", got, rejections, tt.want)
			}
		})
	}
}

func TestFileColumns(t *testing.T) {
	t.Parallel()
	m := fact.Mapping{
		Names:    map[string][]string{"who": {"customer", "client"}, "end": {"ended", "until"}},
		Optional: []string{"end"}, Where: formula(t, `stage == "won"`), Split: &fact.Split{Column: "needs", By: ";"},
		Unpivot: &fact.Unpivot{Columns: []string{"q*"}}, Keys: map[string]string{"crm": "crm_id"},
		Columns: []fact.Binding{{To: "account", From: "who"}, {To: "word", Is: formula(t, `value + col("Deal Name")`)}, {To: "day", From: "end"}},
	}
	got := m.FileColumns([]string{"client", "q1", "other", "q2"})
	want := []string{"Deal Name", "client", "crm_id", "ended", "needs", "q1", "q2", "stage"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("columns (-got +want):\n%s", diff)
	}
	if !m.MayLack("until") || m.MayLack("client") {
		t.Error("only the columns of optional names may be lacking")
	}
}

// BenchmarkDecodeFormulas decodes rows of a billing export by formulas.
func BenchmarkDecodeFormulas(b *testing.B) {
	m := fact.Mapping{
		Where: formula(b, `status.lower() in ["active", "past_due"] && known(interval)`),
		Columns: []fact.Binding{
			{To: "account", Is: formula(b, `sfid18(id)`)},
			{To: "day", Is: formula(b, `add_months(date(start), number(count))`)},
			{To: "arr", Minor: true, Is: formula(b, `number(amount) * number(count.or("1")) * (1 - number(off.or("0")) / 100) * (interval == "month" ? 12 : 1)`)},
		},
	}
	header := []string{"id", "status", "interval", "start", "count", "amount", "off"}
	d, err := fact.NewDecoder(allTypes(fact.Version), m, header, berlin(b), "USD", imported)
	if err != nil {
		b.Fatal(err)
	}
	var fields [][]byte
	for _, text := range []string{"0019000000B98de", "Active", "month", "2024-01-31", "3", "4999", "12.5"} {
		fields = append(fields, []byte(text))
	}
	var row fact.Row
	for b.Loop() {
		if fate, _ := d.Judge(2, fields); fate != fact.Kept {
			b.Fatal("the row is left out")
		}
		if rejections := d.Decode(2, fields, &row); len(rejections) > 0 {
			b.Fatal(rejections)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
