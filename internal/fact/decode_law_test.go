package fact_test

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
)

// exact is the text as a multiple of 10^-decimals, rounded half to even by
// another way than the decoder's.
func exact(t testing.TB, decimals int, texts ...string) *big.Int {
	t.Helper()
	product := big.NewRat(1, 1)
	for _, text := range texts {
		r, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("%q is no number", text)
		}
		product.Mul(product, r)
	}
	product.Mul(product, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)))
	floor, rest := new(big.Int).DivMod(product.Num(), product.Denom(), new(big.Int))
	switch rest.Mul(rest, big.NewInt(2)).Cmp(product.Denom()) {
	case 1:
		floor.Add(floor, big.NewInt(1))
	case 0:
		if floor.Bit(0) == 1 {
			floor.Add(floor, big.NewInt(1))
		}
	}
	return floor
}

// number is a generator of decimals as exports write them, ties included.
func number(t *rapid.T, name, pattern string) string {
	return rapid.Custom(func(t *rapid.T) string {
		s := rapid.StringMatching(pattern).Draw(t, "digits")
		if rapid.Bool().Draw(t, "tie") && strings.Contains(s, ".") {
			s += "5"
		}
		if rapid.IntRange(0, 4).Draw(t, "exponent") == 0 {
			s += "e" + strconv.Itoa(rapid.IntRange(-12, 4).Draw(t, "e"))
		}
		return s
	}).Draw(t, name)
}

func TestNumbersAreExact(t *testing.T) {
	t.Parallel()
	d, err := fact.NewDecoder(allTypes(fact.Version), fact.Mapping{Columns: []fact.Binding{
		{To: "number", From: "a"}, {To: "arr", Product: []string{"b", "c"}},
	}}, []string{"a", "b", "c"}, period.Zone{}, "EUR", imported)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		a := number(r, "a", `[-+]?[0-9]{1,14}(\.[0-9]{0,24})?`)
		b := number(r, "b", `[-+]?[0-9]{1,10}(\.[0-9]{0,8})?`) // factors have 19 digits at most
		c := number(r, "c", `[-+]?[0-9]{1,5}(\.[0-9]{0,4})?`)
		var row fact.Row
		rejections := d.Decode(1, [][]byte{[]byte(a), []byte(b), []byte(c)}, &row)
		for _, tt := range []struct {
			name string
			got  fact.Value
			want *big.Int
			most *big.Int
		}{
			{a, row.Values[3], exact(t, 6, a), big.NewInt(math.MaxInt64)},
			{b + " x " + c, row.Values[4], exact(t, 2, b, c), big.NewInt(fact.MostMinor)},
		} {
			if fits := tt.want.CmpAbs(tt.most) <= 0; fits == tt.got.Missing || fits && tt.got.Int != tt.want.Int64() {
				r.Errorf("%s: got %+v (%v), want %s", tt.name, tt.got, rejections, tt.want)
			}
		}
	})
}

func TestTimesAgreeWithTheStandardLibrary(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	location, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	layouts := map[string]string{ // theirs -> ours; "" is no layout
		time.RFC3339Nano:                   "",
		"2006-01-02 15:04:05.999999":       "",
		"2006-01-02T15:04:05.000000-07:00": "Y-m-dTH:i:sP",
		"2/1/2006 15:04:05":                "d/m/Y H:i:s",
		"02-Jan-2006 03:04:05 PM":          "d-M-Y h:i:s A",
		"20060102150405":                   "YmdHis",
	}
	var names []string
	for name := range layouts {
		names = append(names, name)
	}
	rapid.Check(t, func(r *rapid.T) {
		layout := rapid.SampledFrom(names).Draw(r, "layout")
		micros := rapid.Int64Range(period.NewDate(1901, 1, 1).Micros(), period.NewDate(2199, 1, 1).Micros()).Draw(r, "micros")
		if !strings.Contains(layout, ".") {
			micros -= micros % 1_000_000
		}
		when := time.UnixMicro(micros).In(location)
		if !strings.Contains(layout, "07") && when.Hour() < 4 { // a clock change may lie near
			when = when.Add(12 * time.Hour)
		}
		if strings.Contains(layout, "07") && when.Year() < 1910 { // offsets with seconds
			return
		}
		text := when.Format(layout)
		v, rejections := decodeIn(t, zone, fact.Binding{To: "moment", From: "cell", Layout: layouts[layout]}, text)
		if len(rejections) > 0 || v.Int != when.UnixMicro() {
			r.Errorf("%q: got %d %v, want %d", text, v.Int, rejections, when.UnixMicro())
		}
	})
}

func decodeIn(t testing.TB, zone period.Zone, b fact.Binding, text string) (fact.Value, []fact.Rejection) {
	t.Helper()
	d, err := fact.NewDecoder(allTypes(fact.Version), fact.Mapping{Columns: []fact.Binding{b}}, []string{"cell"}, zone, "EUR", imported)
	if err != nil {
		t.Fatal(err)
	}
	var row fact.Row
	rejections := d.Decode(1, [][]byte{[]byte(text)}, &row)
	return row.Values[6], rejections
}

// Whatever stands in a cell, each column takes it or says why not, and what it
// takes lies within bounds.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"", " ", "12,50", "-1e-7", "2024-02-30", "2024-02-29T24:00:00Z", "9999-12-31", "NaN", "\xff", "1e999999999999",
		"99999999999999999999.5", "2024-01-01 1:2", "2024-01-01T00:00:00+1", "0.00000000000000000000000000000000000000005e40", "1700000000",
	} {
		f.Add([]byte(s))
	}
	kind := allTypes(fact.Version)
	var mapping fact.Mapping
	for _, c := range kind.Columns {
		mapping.Columns = append(mapping.Columns, fact.Binding{To: c.Name, From: "cell"})
	}
	mapping.Columns = append(mapping.Columns, fact.Binding{To: "valid_from", From: "cell", Layout: "d/m/Y"}, fact.Binding{To: "updated_at", From: "cell", Layout: "U"})
	d, err := fact.NewDecoder(kind, mapping, []string{"cell"}, period.Zone{}, "EUR", imported)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, cell []byte) {
		var row fact.Row
		rejected := map[string]int{}
		for _, r := range d.Decode(1, [][]byte{cell}, &row) {
			rejected[r.Column]++
			if r.Reason == "" || len([]rune(r.Value)) > 200 {
				t.Errorf("%q: rejection %+v", cell, r)
			}
		}
		for i, v := range row.Values {
			c := kind.Columns[i]
			if v.Missing {
				continue
			}
			if c.Type == fact.Date && period.Date(v.Int) != period.Open && (period.Date(v.Int) < period.Earliest || period.Date(v.Int) > period.Latest) {
				t.Errorf("%q as a date: got %d", cell, v.Int)
			}
			if c.Type == fact.Time && (v.Int < period.Earliest.Micros()-period.MicrosPerDay || v.Int > (period.Latest+2).Micros()) {
				t.Errorf("%q as a time: got %d", cell, v.Int)
			}
			if (c.Type == fact.Text || c.Type == fact.Account) && (len(v.Text) == 0 || !strings.Contains(string(cell), string(v.Text))) {
				t.Errorf("%q as a text: got %q", cell, v.Text)
			}
		}
	})
}

func BenchmarkDecodeEvent(b *testing.B) {
	kind := fact.Kind{Name: "event", Timing: fact.At, Columns: []fact.Column{
		{Name: "account", Type: fact.Account, Required: true},
		{Name: "contact", Type: fact.Contact},
		{Name: "name", Type: fact.Text},
		{Name: "product", Type: fact.Text},
		{Name: "feature", Type: fact.Text},
		{Name: "quantity", Type: fact.Number},
	}}
	header := []string{"event_id", "occurred_at", "account", "user_id", "product", "area", "event", "files"}
	mapping := fact.Mapping{TimeZone: "America/New_York", Columns: []fact.Binding{
		{To: "id", From: "event_id"},
		{To: "at", From: "occurred_at"},
		{To: "account", From: "account"},
		{To: "contact", From: "user_id"},
		{To: "product", From: "product"},
		{To: "feature", From: "area"},
		{To: "name", From: "event"},
		{To: "quantity", From: "files"},
	}}
	for _, bm := range []struct{ name, at string }{{"utc", "2010-05-28T06:05:26Z"}, {"local", "2010-05-28 06:05:26"}} {
		b.Run(bm.name, func(b *testing.B) {
			d, err := fact.NewDecoder(kind, mapping, header, period.Zone{}, "EUR", imported)
			if err != nil {
				b.Fatal(err)
			}
			var fields [][]byte
			for _, s := range []string{"e000001", bm.at, "Rackspace", "5ebd2133a5a4", "ironic", "(none)", "commit.other", "41.5"} {
				fields = append(fields, []byte(s))
			}
			var row fact.Row
			b.ReportAllocs()
			for b.Loop() {
				if d.Decode(1, fields, &row) != nil {
					b.Fatal("rejected")
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
