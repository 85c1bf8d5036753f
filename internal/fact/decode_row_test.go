package fact_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
)

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
		{
			"a fact that happened, known at once", fact.At, bind("at"), "at", "2026-01-01T10:00:00Z",
			at("2026-01-01T10:00:00Z"), false, at("2026-01-01T10:00:00Z"), true, 0,
		},
		{
			"a fact received later", fact.At, bind("at", "received_at"), "at,received_at", "2026-01-01T10:00:00Z,2026-02-01T00:00:00Z",
			at("2026-01-01T10:00:00Z"), false, at("2026-02-01T00:00:00Z"), false, 0,
		},
		{
			"a time of receipt that is empty", fact.At, bind("at", "received_at"), "at,received_at", "2026-01-01T10:00:00Z,",
			at("2026-01-01T10:00:00Z"), false, at("2026-01-01T10:00:00Z"), true, 0,
		},
		{
			"a time of change", fact.At, bind("at", "updated_at"), "at,updated_at", "2026-01-01T10:00:00Z,2026-03-01T00:00:00Z",
			at("2026-01-01T10:00:00Z"), false, at("2026-01-01T10:00:00Z"), true, at("2026-03-01T00:00:00Z"),
		},
		{
			"a term from its first day", fact.Term, bind("starts", "ends"), "starts,ends", "2026-01-01,2027-01-01",
			at("2026-01-01T00:00:00Z"), false, at("2026-01-01T00:00:00Z"), true, 0,
		},
		{
			"a version with its day", fact.Version, bind("valid_from"), "valid_from", "2026-01-01",
			at("2026-01-01T00:00:00Z"), false, at("2026-01-01T00:00:00Z"), true, 0,
		},
		{
			"a version without a day, from the import's", fact.Version, bind("word"), "word", "x",
			at("2026-05-15T00:00:00Z"), true, at("2026-05-15T00:00:00Z"), true, 0,
		},
		{
			"a value known from another column", fact.At, closed, "at,closed,closed_on", "2026-01-01T10:00:00Z,ours,2026-04-01T00:00:00Z",
			at("2026-01-01T10:00:00Z"), false, at("2026-04-01T00:00:00Z"), false, 0,
		},
		{
			"a value whose known-from is empty, known from the import", fact.At, closed, "at,closed,closed_on", "2026-01-01T10:00:00Z,ours,",
			at("2026-01-01T10:00:00Z"), false, imported, true, 0,
		},
		{
			"no value, so nothing to know", fact.At, closed, "at,closed,closed_on", "2026-01-01T10:00:00Z,,2026-04-01T00:00:00Z",
			at("2026-01-01T10:00:00Z"), false, at("2026-01-01T10:00:00Z"), true, 0,
		},
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
		{To: "account", From: "Customer"},
		{To: "arr", From: "ARR (USD)", Currency: "USD"},
		{To: "number", From: "Seats"},
		{To: "starts", From: "Start"},
		{To: "ends", From: "End"},
		{To: "flag", From: "Auto"},
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

func TestDecodeElse(t *testing.T) {
	t.Parallel()
	mapping := fact.Mapping{Missing: []string{"-"}, Columns: []fact.Binding{
		{To: "account", From: "site", Else: []string{"bill to", "mail"}}, {To: "starts", From: "day"}, {To: "id", From: "id"},
	}}
	for _, tt := range []struct{ name, row, account string }{
		{"the column itself", "a.example,2026-01-01,1,Acme,b@c.example", "a.example"},
		{"the next where it is empty", ",2026-01-01,1, Acme ,b@c.example", "Acme"},
		{"the next where it says that there is none", "-,2026-01-01,1,Acme,b@c.example", "Acme"},
		{"the one after where both are empty", ",2026-01-01,1,,b@c.example", "b@c.example"},
		{"none of them", ",2026-01-01,1,-,", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, row, rejections := rowTest{kind: allTypes(fact.Term), mapping: mapping, header: "site,day,id,bill to,mail", row: tt.row}.decode(t)
			if got := string(row.Account); got != tt.account || len(rejections) > 0 {
				t.Errorf("got %q and %v, want %q", got, rejections, tt.account)
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
		`read date layout "q/m/Y": unknown letter "q"; the letters are Y y m M d H h A i s P U W, as in d/m/Y H:i [bad_layout]`,
		`read date layout "d/m": it needs a year, a month and a day, as in d/m/Y, or a year and a month [bad_layout]`,
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
