package pipeline

import (
	"context"
	"fmt"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/match"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/state"
)

// joinedWith tells of the records that people joined into one with a customer:
// since when, who said so, and what spoke for it.
func (r reading) joinedWith(ctx context.Context, w who) ([]string, error) {
	e := r.engine
	if r.grain.Level == customer.ByContact {
		return nil, nil
	}
	decisions, err := e.State.Decisions(ctx)
	if err != nil || len(decisions) == 0 {
		return nil, err
	}
	account := int32(w.customer)
	if r.grain.Level == customer.ByAccountProduct {
		account = int32(query.AccountOfProduct(w.customer))
	}
	into := intoOn(customer.Spans(links(decisions)), r.asOf)
	of := func(record int32) int32 {
		if other, ok := into[record]; ok {
			return other
		}
		return record
	}
	last := map[[2]int32]state.Decision{}
	var order [][2]int32
	for _, d := range decisions {
		l, ok := linkOf(d)
		pair := pairOf(d.Record, d.Into)
		if !ok || l.From > r.asOf || of(d.Record) != account || of(d.Into) != account {
			continue
		}
		if _, seen := last[pair]; !seen {
			order = append(order, pair)
		}
		last[pair] = d
	}
	var lines []string
	for _, pair := range order {
		d := last[pair]
		if d.Verdict != state.Joins {
			continue
		}
		names, err := e.query(ctx, query.NamesOfRecords([]int64{int64(d.Record), int64(d.Into)}))
		if err != nil {
			return nil, fmt.Errorf("name joined records: %w", err)
		}
		lines = append(lines, e.joinedWords(d, account, names))
	}
	return lines, nil
}

// joinedWords puts a decision into words: "joined with billing C-17 (ACME Ltd)".
func (e *Engine) joinedWords(d state.Decision, account int32, names [][]any) string {
	called := map[int32]string{}
	for _, row := range names {
		id := plainID(text(row[2]))
		if space := text(row[1]); space != "main" {
			id = plainID(space) + " " + id
		}
		if name := text(row[3]); name != "" {
			id += " (" + plainID(name) + ")"
		}
		called[int32(whole(row[0]))] = id
	}
	out := "joined with " + called[d.Record]
	if d.Into != account {
		out += ", which is " + called[d.Into]
	}
	if d.Since != nil {
		out += fmt.Sprintf(" from %s on", d.Since)
	}
	out += ", " + Decided("decided", plainID(d.Author), e.Strategy.Zone.Date(d.Decided.UnixMicro()))
	if words := evidenceWords(d); words != "" {
		out += ": " + words
	}
	return out
}

// Unnamed is who decided where neither an option nor the login says it.
const Unnamed = "somebody"

// Decided says who decided something, and on which day: "rejected by pat on
// 2026-01-31".
func Decided(verb, by string, on period.Date) string {
	if by == "" || by == Unnamed {
		return fmt.Sprintf("%s on %s", verb, on)
	}
	return fmt.Sprintf("%s by %s on %s", verb, by, on)
}

// WhyJoined says what spoke for joining a record, and the reason that was given.
func WhyJoined(r JoinedRecord) string { return whyWords(r.Evidence, r.Why) }

// evidenceWords say what spoke for a decision when it was made.
func evidenceWords(d state.Decision) string {
	var kinds []match.Kind
	for _, kind := range d.Evidence {
		kinds = append(kinds, match.Kind(kind))
	}
	return whyWords(kinds, d.Why)
}

func whyWords(kinds []match.Kind, why string) string {
	var parts []string
	for _, kind := range kinds {
		parts = append(parts, map[match.Kind]string{
			match.ByKey: "same external id", match.ByDomain: "same domain", match.ByName: "same name", match.ByID: "same id",
			match.ByNearName: "nearly the same name", match.BySuccession: "one ended when the other began", match.ByCountry: "same country",
		}[kind])
	}
	if why != "" {
		parts = append(parts, plainID(why))
	}
	return strings.Join(parts, ", ")
}
