package fact_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/fact"
)

func TestMangledRanges(t *testing.T) {
	t.Parallel()
	sizes := []string{"1-9", "10-49", "50-99", "100-499"}
	tests := []struct {
		name     string
		declared []string          // of the kind's column
		values   map[string]string // of the binding
		cells    string
		want     string
		repairs  string
		doubts   string
	}{
		{"declared by the column", sizes, nil, "1-9 9-Jan 09-Jan Oct-49 oct-49 50-99", "1-9 1-9 1-9 10-49 10-49 50-99", `column "cell": 9-Jan is read as 1-9, which a spreadsheet had taken for a date (4 such values)`, ""},
		{"declared by the mapping", nil, map[string]string{"1-9": "small", "10-49": "medium"}, "9-Jan Oct-49 1-9 100-499", "small medium small 100-499", `column "cell": 9-Jan is read as 1-9, which a spreadsheet had taken for a date (2 such values)`, ""},
		{"where days stand first", sizes, nil, "1-Sep", "1-9", `column "cell": 1-Sep is read as 1-9, which a spreadsheet had taken for a date (1 such value)`, ""},
		{"as days of a workbook", sizes, nil, "2026-01-09 1949-10-01", "1-9 10-49", `column "cell": 2026-01-09 is read as 1-9, which a spreadsheet had taken for a date (2 such values)`, ""},
		{"two ranges that are shown alike", []string{"1-9", "9-1"}, nil, "9-Jan 1-9", "! 1-9", "", ""},
		{"a range that is not declared", sizes, nil, "Oct-50", "!", "", ""},
		{"nothing declared", nil, nil, "Oct-49 50-99 9-Jan", "Oct-49 50-99 9-Jan", "", `column "cell": 2 values such as Oct-49 on line 2 look like ranges that a spreadsheet took for dates (others are as 50-99); list what the column can hold under values:`},
		{"months", nil, nil, "Oct-25 Nov-25", "Oct-25 Nov-25", "", ""},
		{"errors of a spreadsheet", nil, nil, "#REF! #1", "! #1", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			kind := fact.Kind{Name: "sample", Timing: fact.Version, Columns: []fact.Column{{Name: "word", Type: fact.Text, Values: tt.declared}}}
			m := fact.Mapping{Columns: []fact.Binding{{To: "word", From: "cell", Values: tt.values}}}
			d, err := fact.NewDecoder(kind, m, []string{"cell"}, berlin(t), "EUR", imported)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			var row fact.Row
			for i, cell := range strings.Fields(tt.cells) {
				if bad := d.Decode(i+2, [][]byte{[]byte(cell)}, &row); len(bad) > 0 {
					got = append(got, "!")
				} else {
					got = append(got, string(row.Values[0].Text))
				}
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.repairs, strings.Join(d.Repairs(), "\n")); diff != "" {
				t.Errorf("repairs (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.doubts, strings.Join(d.Mangled(), "\n")); diff != "" {
				t.Errorf("doubts (-want +got):\n%s", diff)
			}
		})
	}
}
