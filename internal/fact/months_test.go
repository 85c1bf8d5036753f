package fact_test

import (
	"testing"

	"github.com/segue-cs/segue/internal/fact"
)

// Dates with the names of months, in the languages whose exports write them.
func TestMonthNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, layout, want string }{
		{"Jan 2026", "M Y", "2026-01-01"},
		{"SEPT 2026", "M Y", "2026-09-01"},
		{"Mär 2026", "M Y", "2026-03-01"},
		{"MÄRZ 2026", "M Y", "2026-03-01"},
		{"Mrz 2026", "M Y", "2026-03-01"},
		{"Mai 2026", "M Y", "2026-05-01"},
		{"Okt. 2026", "M. Y", "2026-10-01"},
		{"31. Dez. 2025", "d. M. Y", "2025-12-31"},
		{"5. Jänner 2025", "d. M Y", "2025-01-05"},
		{"févr. 2026", "M. Y", "2026-02-01"},
		{"1 août 2026", "d M Y", "2026-08-01"},
		{"14 juillet 2026", "d M Y", "2026-07-14"},
		{"15 juin 2026", "d M Y", "2026-06-15"},
		{"3 mars 2026", "d M Y", "2026-03-03"},
		{"12 ene 2026", "d M Y", "2026-01-12"},
		{"2 ottobre 2026", "d M Y", "2026-10-02"},
		{"7 mrt 2026", "d M Y", "2026-03-07"},
		{"9 fev 2026", "d M Y", "2026-02-09"},
	} {
		var r fact.DateReader
		list := r.Read(tt.text)
		if len(list) != 1 || list[0].Layout != tt.layout || list[0].Day.String() != tt.want {
			t.Errorf("%s: got %v, want %s by %q", tt.text, list, tt.want, tt.layout)
		}
		if day, ok := r.ReadAs(tt.text, tt.layout); !ok || day.String() != tt.want {
			t.Errorf("%s by %q: got %v, %v", tt.text, tt.layout, day, ok)
		}
	}
	for _, text := range []string{"Mars Inc 2026", "Maybe 2026", "Janet 2026", "Märchen 2026", "ä 2026", "M 2026"} {
		var r fact.DateReader
		if list := r.Read(text); len(list) > 0 {
			t.Errorf("%s is taken for a date: %v", text, list)
		}
	}
}
