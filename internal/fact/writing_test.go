package fact_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
)

func TestReadDates(t *testing.T) {
	t.Parallel()
	var r fact.DateReader
	for _, tt := range []struct{ text, want string }{
		{"2026-01-31", " 2026-01-31"},
		{"2026-01-31T10:00:00Z", " 2026-01-31"},
		{"2026-13-01", ""},
		{"3/4/2026", "d/m/Y 2026-04-03, m/d/Y 2026-03-04"},
		{"10/20/2016", "m/d/Y 2016-10-20"},
		{"20.10.2016", "d.m.Y 2016-10-20"},
		{"20-10-2016 14:05", "d-m-Y H:i 2016-10-20"},
		{"10/20/16 2:05:09 PM", "m/d/y h:i:s A 2016-10-20"},
		{"5 Oct 2026", "d M Y 2026-10-05"},
		{"Oct 5, 2026", "M d, Y 2026-10-05"},
		{"Oct-49", ""},
		{"2026-06", "Y-m 2026-06-01"},
		{"2026/06", "Y/m 2026-06-01"},
		{"06/2026", "m/Y 2026-06-01"},
		{"6/2026", "m/Y 2026-06-01"},
		{"06.2026", "m.Y 2026-06-01"},
		{"Jun 2026", "M Y 2026-06-01"},
		{"September 2026", "M Y 2026-09-01"},
		{"202606", "Ym 2026-06-01"},
		{"2026-13", ""},
		{"13/2026", ""},
		{"202613", ""},
		{"2026-6-", ""},
		{"2026/01/31", "Y/m/d 2026-01-31"},
		{"20221109", "Ymd 2022-11-09"},
		{"1700000000", "U 2023-11-14"},
		{"31.12.9999", "d.m.Y " + period.Open.String()},
		{"31.02.2026", ""},
		{"1.2.3", ""},
		{"Acme Corp 2020", ""},
	} {
		var list []string
		for _, d := range r.Read(tt.text) {
			list = append(list, d.Layout+" "+d.Day.String())
		}
		if diff := cmp.Diff(strings.Join(list, ", "), tt.want); diff != "" {
			t.Errorf("%q (-got +want):\n%s", tt.text, diff)
		}
	}
}

func TestReadNumber(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text         string
		point, comma any
		currency     string
	}{
		{"12", 12.0, 12.0, ""},
		{"-3.5", -3.5, nil, ""},
		{"1,200", 1200.0, 1.2, ""},
		{"1.234,56", nil, 1234.56, ""},
		{"1 234,5", nil, 1234.5, ""},
		{"1'234.5", 1234.5, nil, ""},
		{"$1,200.50", 1200.5, nil, "USD"},
		{"(300)", -300.0, -300.0, ""},
		{"12 %", 0.12, 0.12, ""},
		{"99,50 €", nil, 99.5, "EUR"},
		{"kr 5", 5.0, 5.0, ""},
		{"1-2", nil, nil, ""},
		{"A12", nil, nil, ""},
		{"12,34,56", nil, nil, ""},
	} {
		n, ok := fact.ReadNumber([]byte(tt.text))
		var point, comma any
		if n.HasPoint {
			point = n.Point
		}
		if n.HasComma {
			comma = n.Comma
		}
		if point != tt.point || comma != tt.comma || n.Currency != tt.currency || ok != (tt.point != nil || tt.comma != nil) {
			t.Errorf("%q: got %v %v %q, want %v %v %q", tt.text, point, comma, n.Currency, tt.point, tt.comma, tt.currency)
		}
	}
}

// What a column is written like is what an import finds out.
func TestWriting(t *testing.T) {
	t.Parallel()
	look := func(values string) *fact.Writing {
		var w fact.Writing
		for i, v := range strings.Split(values, ";") {
			w.Look(i+2, []byte(v), false)
		}
		return &w
	}
	for _, tt := range []struct {
		name string
		got  fact.Written
		want fact.Written
	}{
		{name: "ISO", got: look("2026-01-31").Dates(), want: fact.Written{}},
		{name: "the day first", got: look("3/4/2026;13/4/2026").Dates(), want: fact.Written{As: "d/m/Y"}},
		{name: "either", got: look("2026-01-31;3/4/2026").Dates(), want: fact.Written{As: "iso | d/m/Y", Other: "iso | m/d/Y", Doubt: "3/4/2026"}},
		{name: "either, told by another column", got: look("3/4/2026").Dates(look("4/13/2026")), want: fact.Written{As: "m/d/Y"}},
		{name: "either, with another separator elsewhere", got: look("3/4/2026").Dates(look("13.4.2026")), want: fact.Written{As: "d/m/Y", Other: "m/d/Y", Doubt: "3/4/2026"}},
		{name: "most with the month first", got: look("1/31/2026;2/28/2026;31/1/2026").Dates(), want: fact.Written{As: "m/d/Y"}},
		{name: "plain numbers", got: look("12.5;7").Numbers(false), want: fact.Written{}},
		{name: "a comma before decimals", got: look("12,5;7").Numbers(false), want: fact.Written{As: "1.234,56"}},
		{name: "numbers that can be either", got: look("1,200").Numbers(false), want: fact.Written{As: "1,234.56", Other: "1.234,56", Doubt: "1,200"}},
		{name: "amounts before three digits", got: look("1,200").Numbers(true), want: fact.Written{As: "1,234.56"}},
		{name: "most with a comma", got: look("1,5;2,5;3.5").Numbers(false), want: fact.Written{As: "1.234,56"}},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
