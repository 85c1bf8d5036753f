package source_test

import (
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/source"
)

func TestRowError(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  source.RowError
		want string
	}{
		{"all that is known", source.RowError{Line: 7, Column: "ends", Value: "31.02.", Reason: "no such day"}, `line 7: column "ends": no such day: "31.02."`},
		{"a whole row", source.RowError{Line: 7, Value: "a,b", Reason: "too short"}, `line 7: too short: "a,b"`},
		{"no value", source.RowError{Line: 7, Column: "ends", Reason: "it is missing"}, `line 7: column "ends": it is missing`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"a short text", "Zürich", "Zürich"},
		{"200 characters", strings.Repeat("ü", 200), strings.Repeat("ü", 200)},
		{"201 characters", strings.Repeat("ü", 201), strings.Repeat("ü", 200)},
		{"bytes that are not UTF-8", "Z\xfcri\xff", "Z\uFFFDri\uFFFD"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := source.Excerpt([]byte(tt.text)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
