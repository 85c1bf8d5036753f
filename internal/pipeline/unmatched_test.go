package pipeline_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/pipeline"
)

func TestImportReportNamesUnmatchedIDs(t *testing.T) {
	t.Parallel()
	loaded := []pipeline.SourceReport{{Source: "usage", Rows: 3, Loaded: 3, Unmatched: 3}}
	found := func(source string, ids ...string) pipeline.StillUnmatched {
		u := pipeline.StillUnmatched{Source: source, Rows: 3, IDs: int64(len(ids))}
		for _, id := range ids {
			u.Examples = append(u.Examples, pipeline.UnmatchedID{ID: id, Rows: 1})
		}
		return u
	}
	const how = "Whose these may be: segue match"
	const of = ": 3 rows of no account that any source lists; kept, and counted once the account is known"
	for _, tt := range []struct {
		name  string
		found []pipeline.StillUnmatched
		want  []string
	}{
		{"it handles ids that are plain text", []pipeline.StillUnmatched{found("usage", "a 1", "Ærø")}, []string{"usage" + of, "  a 1: 1 row", "  Ærø: 1 row", how}},
		{"it handles ids that a terminal would obey", []pipeline.StillUnmatched{found("usage", "a\x1b[2J")}, []string{"usage" + of, `  "a\x1b[2J": 1 row`, how}},
		{"it handles ids with space around them", []pipeline.StillUnmatched{found("usage", " a")}, []string{"usage" + of, `  " a": 1 row`, how}},
		{"it handles ids that fill the screen", []pipeline.StillUnmatched{found("usage", strings.Repeat("ä", 61))}, []string{"usage" + of, "  " + strings.Repeat("ä", 60) + "…: 1 row", how}},
		{"it handles sources outside the import", []pipeline.StillUnmatched{found("billing", "b")}, []string{"billing" + of, "  b: 1 row", how}},
		{"it handles an import that broke off", nil, []string{"usage" + of}},
		{"it handles rows that a later source matched", []pipeline.StillUnmatched{}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, line := range (pipeline.ImportReport{Sources: loaded, StillUnmatched: tt.found}).Lines()[2:] {
				if line != "" {
					got = append(got, line)
				}
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("notes (-got +want):\n%s", diff)
			}
		})
	}
}
