package reference

import (
	"fmt"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/spec"
)

const factsHead = `# The fact kinds that come ready made

A fact is something recorded about a customer. A source in ` + "`sources:`" + ` says which kind its rows become (` + "`fact:`" + `) and which
column of the file fills which column of the kind (` + "`columns:`" + `). Bind the columns you have; only those marked as required must
be there. A kind of your own is declared under [` + "`facts:`" + `](strategy.md#facts), traits of accounts under
[` + "`traits:`" + `](strategy.md#traits).

**When a fact holds.** *at*: it happens at an instant, the column ` + "`at`" + `. *term*: it holds from the day ` + "`starts`" + ` up to, and
without, the day ` + "`ends`" + `. *version*: it holds from ` + "`valid_from`" + `, or else from the day of import, until the next one with the same key.

**What silence means** (coverage). *state* and *sparse* kinds: no row up to the day of the import means that there was nothing;
*flow* kinds, which arrive all the time: up to the last day with a row. Before its first fact a sparse or flow source says
nothing; a state source covers all days. A source that ends longer ago than *stale after* says nothing any more: what rests
on it is unknown. ` + "`covers:` and `fresh_within:`" + ` of a source say otherwise.

**Types.** *text*; *number*, kept to six decimals; *money*, an amount with its currency; *date*, a plain day; *time*, an
instant; *bool*, yes or no; *account* and *contact*, the id that the source uses for one.

**Corrections.** A row replaces the earlier one with the same key, of a *version* kind from the same day; where a kind has no
key, the one with the same ` + "`id`" + `, the source's own id of the row; without either, each different row is a fact of its own.

**Unmatched rows.** A row that names no account, or one that nobody lists, is kept as *unmatched* and counted; it counts for a
customer as soon as the account is known. Rows that lack another required column are rejected, with the reason.

Every kind can also be given ` + "`id`, `received_at`" + ` (when you knew it) and ` + "`updated_at`" + ` (the source's time of the last change).

`

var timings = map[fact.Timing]string{
	fact.At:      "happens at an instant (`at`)",
	fact.Term:    "holds for a term (`starts`, `ends`)",
	fact.Version: "holds until the next version (`valid_from`)",
}

// factsPage lists the catalogue's kinds with their columns.
func factsPage() (string, error) {
	kinds, err := spec.CatalogKinds()
	if err != nil {
		return "", err
	}
	p := &page{}
	p.printf("%s%s", generated, factsHead)
	var rows [][]string
	for _, k := range kinds {
		rows = append(rows, []string{fmt.Sprintf("[`%s`](#%s)", k.Name, k.Name), sentence(k.Why)})
	}
	p.table([]string{"kind", "what it is"}, rows)
	for _, k := range kinds {
		writeKind(p, k)
	}
	return p.String(), nil
}

func writeKind(p *page, k fact.Kind) {
	p.printf("## %s\n\n**%s.** %s\n\n", k.Name, k.Title, sentence(k.Why))
	p.printf("- A fact %s.\n- Coverage: %s; stale after: %s.\n", timings[k.Timing], k.Coverage, staleAfter(k))
	if len(k.Key) > 0 {
		p.printf("- Key: %s.\n", codes(k.Key))
	}
	if !k.IsAboutAccounts() {
		p.printf("- It belongs to no account, so metrics cannot be made of it.\n")
	}
	p.printf("\n")
	var rows [][]string
	for _, c := range append(timeColumn(k), k.Columns...) {
		rows = append(rows, []string{code(c.Name), columnType(c), columnWords(c)})
	}
	p.table([]string{"column", "holds", "what it is"}, rows)
}

func staleAfter(k fact.Kind) string {
	if k.FreshWithin == 0 {
		return "never"
	}
	return fmt.Sprintf("%d days", k.FreshWithin)
}

// timeColumn returns the column that says when, where the kind does not list
// it.
func timeColumn(k fact.Kind) []fact.Column {
	for _, c := range k.SystemColumns() {
		switch c.Name {
		case fact.ColAt:
			c.Title = "When it happened"
		case fact.ColValidFrom:
			c.Title = "Since when"
		default:
			continue
		}
		return []fact.Column{c}
	}
	return nil
}

func columnType(c fact.Column) string {
	text := string(c.Type)
	if c.Unit != "" {
		text += " of " + strings.ReplaceAll(c.Unit, "_", " ")
	}
	if c.Required {
		text += ", required"
	}
	return text
}

func columnWords(c fact.Column) string {
	parts := []string{sentence(c.Title), sentence(c.Why)}
	if c.Values != nil {
		parts = append(parts, "One of "+codes(c.Values)+".")
	}
	if c.Open {
		parts = append(parts, "Empty means none: known, and later than every day.")
	}
	if c.Fixed {
		parts = append(parts, "Undated, it holds for all days.")
	}
	if c.Personal {
		parts = append(parts, "Personal: it goes when someone is erased.")
	}
	return words(parts...)
}
