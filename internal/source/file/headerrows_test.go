package file_test

import (
	"testing"

	"github.com/segue-cs/segue/internal/source/file"
)

func TestHeaderRows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text  string
		rows, names int
	}{
		{"one row", "a,b,c\n1,2,3\n4,5,6\n", 1, 0},
		{"one row with a column without a name", "a,b,c,d,\n1,2,3,4,5\n4,5,6,7,8\n", 1, 0},
		{"a question over the columns of its options", "Respondent,Date,What do you use?,,,How do you like it?\n,,Mail,Chat,Phone,Response\n7,2026-01-31,Mail,,Phone,9\n8,2026-01-31,,Chat,,8\n", 2, 0},
		{"three rows", ",,,Q1,,\nRDS,Start,End,Who?,,\nSeq,Start,End,Lead,Dev,Ops\n1,2,3,,x,\n2,3,4,x,,\n", 3, 0},
		{"names, questions and ids of Qualtrics", "StartDate,Q1,Q2\nStart Date,How likely?,Why?\n\"{\"\"ImportId\"\":\"\"startDate\"\"}\",\"{\"\"ImportId\"\":\"\"QID1\"\"}\",\"{\"\"ImportId\"\":\"\"QID2\"\"}\"\n2026-01-31,9,good\n", 3, 1},
		{"rows of gaps below one header", "a,b,c,d\nx,,,\n,y,,\n,,z,w\n", 1, 0},
		{"a title over the header", "All accounts,,\n,,\nid,name,arr\n1,A,5\n2,B,6\n", 1, 0},
		{"too few rows", "a,,,\nb,c,d,e\n", 1, 0},
	} {
		rows, names, err := file.HeaderRows(write(t, "x.csv", tt.text), file.Options{})
		if err != nil || rows != tt.rows || names != tt.names {
			t.Errorf("%s: got %d, %d, %v, want %d, %d", tt.name, rows, names, err, tt.rows, tt.names)
		}
	}
}
