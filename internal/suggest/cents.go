package suggest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// inCents are the ends of names that say that amounts are in cents: amount_cents,
// "MRR (in cents)".
var inCents = regexp.MustCompile(`(?i)^(.*?)[\s_]*[\s_(\[]\s*(?:in[\s_]+)?(?:cents?|pence|minor(?:[\s_]units?)?)\s*[)\]]?$`)

// centsOf returns the name of a column without its end that says cents; ok is
// false where it has none.
func centsOf(name string) (rest string, ok bool) {
	parts := inCents.FindStringSubmatch(name)
	if parts == nil || strings.TrimSpace(parts[1]) == "" {
		return "", false
	}
	return strings.TrimSpace(parts[1]), true
}

// leastCents is the least amount that is thought to be in cents: below it, even
// cheap plans are not.
const leastCents = 100

// hasDecimals are amounts with their cents behind a sign: 5,000.00.
var hasDecimals = regexp.MustCompile(`[.,][0-9]{2}$`)

// minor says that amounts are in cents where the name of their column does, and
// asks where a billing tool may have written them so: as whole numbers without a
// sign, beside a column with the currency or under names such as
// "subscriptions.mrr".
func (b *binding) minor(n *Binding, c Column) {
	if _, ok := centsOf(c.Name); ok {
		n.Minor = true
		n.Why += "; the name says cents"
		return
	}
	_, hasCurrency := b.currencyColumn()
	isOfTool := hasCurrency || strings.Contains(c.Name, ".")
	_, hasScale := scaleOf(c.Name)
	if b.s.Kind != "contract" || !isOfTool || hasScale || c.Filled == 0 || c.Numbers.Fractions > 0 || c.Numbers.Min < 0 || c.Numbers.Least < leastCents || len(c.Numbers.Currencies) > 0 || slices.ContainsFunc(c.Examples, hasDecimals.MatchString) {
		return
	}
	answer := b.ask(Question{
		Key: "cents." + b.g.name, Preset: "no",
		Text: fmt.Sprintf("%s: are the amounts in %q (%s) in cents? As they stand they are %s to %s.", b.g.Name, c.Name, strings.Join(c.Examples, ", "), figure(c.Numbers.Least), figure(c.Numbers.Max)),
		Choices: []Choice{
			{"no", "they are whole"},
			{"yes", fmt.Sprintf("in cents: %s to %s", figure(c.Numbers.Least/100), figure(c.Numbers.Max/100))},
		},
	})
	if answer == "yes" {
		n.Minor = true
		n.Why += "; in cents, as you said"
	}
}
