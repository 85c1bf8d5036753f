package suggest

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/money"
)

// currency settles the reporting currency: the one that the files name most.
func (p *proposing) currency() {
	votes := map[string]int64{}
	for _, g := range p.groups {
		for _, c := range g.Columns {
			if c.IsNumber() {
				for code, n := range c.Numbers.Currencies {
					votes[code] += n
				}
			}
			if code := currencyInName(c.Name); code != "" {
				votes[code] += c.Filled
			}
			if isNamed(c.Name, currencyNames) {
				for text, n := range c.Values {
					if code, err := money.ParseCurrency(strings.ToUpper(text)); err == nil {
						votes[string(code)] += n
					}
				}
			}
		}
	}
	best := ""
	for _, code := range sortedKeys(votes) {
		if best == "" || votes[code] > votes[best] {
			best = code
		}
	}
	switch {
	case p.Currency != "":
		p.money = p.Currency
	case best != "":
		p.money = cmp.Or(p.answer("currency"), best)
	default:
		p.money = p.ask(Question{
			Key: "currency", Preset: "USD",
			Text: "No file says in which currency its amounts are. Which is it?",
		})
	}
	p.money = strings.ToUpper(p.money)
	if _, err := money.ParseCurrency(p.money); err != nil {
		p.money = "USD"
	}
	p.out.Currency = p.money
}

// forgetCurrency takes the question back where no amount rests on it.
func (p *proposing) forgetCurrency() {
	for _, s := range p.out.Sources {
		if slices.ContainsFunc(s.Columns, func(n Binding) bool { return n.Currency != "" }) {
			return
		}
	}
	p.out.Questions = slices.DeleteFunc(p.out.Questions, func(q Question) bool { return q.Key == "currency" && q.Answer == "" })
}

var currencyNames = []string{"currency", "currency_code", "currency_iso_code", "deal_currency_code", "waehrung", "devise"}

// signInName finds the sign of a currency at the end of a name: "Potential €",
// "MRR ($)", "Umsatz in €".
var signInName = regexp.MustCompile(`(?i)[\s_(\[]+(?:in\s+)?(us\$|[$€£])\s*[)\]]?$`)

// currencyInName returns the currency that a column's name ends in, or says
// beside a scale.
func currencyInName(name string) string {
	if s, ok := scaleOf(name); ok {
		return s.currency
	}
	if parts := signInName.FindStringSubmatch(strings.TrimSpace(name)); parts != nil {
		return currencySigns[strings.ToLower(parts[1])]
	}
	words := strings.Split(plain(name), "_")
	last := strings.ToUpper(words[len(words)-1])
	if len(words) < 2 || len(last) != 3 || !slices.Contains([]string{"USD", "EUR", "GBP", "CHF", "JPY", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN", "INR"}, last) {
		return ""
	}
	return last
}
