package pipeline

import (
	"fmt"
	"strings"

	"github.com/segue-cs/segue/internal/warehouse"
)

// tellHandovers warns of ids that went to another account, and of those that
// several accounts claim.
func (ld *loading) tellHandovers(loaded warehouse.Loaded) {
	for _, m := range loaded.Moved {
		ld.warn("%s moved to another account (%s); up to then each stays with the one before",
			quantity(m.Count, idsOf(m.Ids)), handed(m, "%s from %s to %s on %s"))
	}
	for _, m := range loaded.Refused {
		verb := "is"
		if m.Count != 1 {
			verb = "are"
		}
		ld.warn("%s %s claimed by two accounts of this import, and stays with the first (%s): take it from one of them in the source and import again",
			quantity(m.Count, idsOf(m.Ids)), verb, handed(m, "%s by %s and %s"))
	}
}

// idsOf names an id of a space.
func idsOf(space string) string {
	if space == "main" {
		return "id"
	}
	return plainID(space) + " id"
}

func handed(m warehouse.Handovers, format string) string {
	var list []string
	for _, x := range m.Examples {
		args := []any{plainID(x.ID), plainID(x.From), plainID(x.To), x.Since}
		list = append(list, fmt.Sprintf(format, args[:strings.Count(format, "%s")]...))
	}
	if more := m.Count - int64(len(m.Examples)); more > 0 {
		list = append(list, "and "+grouped(more)+" more")
	}
	return strings.Join(list, ", ")
}
