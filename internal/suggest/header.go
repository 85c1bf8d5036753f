package suggest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// StrategyYAML writes the head of a strategy of that name, whose days are those
// of a time zone.
func (p Proposal) StrategyYAML(name, zone string) string {
	text := fmt.Sprintf(`# What holds for the whole strategy.
name: %s
currency: %s          # what all amounts are shown in
timezone: %s          # what a day is: change it to where your company is, such as Europe/Berlin
customer: account      # what counts as one customer; parent counts each family once
`, Scalar(name), p.Currency, Scalar(zone))
	if p.Base != "" {
		text += fmt.Sprintf("base: {when: '%s'}  # who is a customer; the others are left out of every figure\n", strings.ReplaceAll(p.Base, "'", "''"))
	}
	if domains := p.sameDomain(); len(domains) > 0 {
		text += fmt.Sprintf("match: {domain: [%s]}  # accounts of the same domain may be one company: segue match proposes who\n", strings.Join(domains, ", "))
	}
	return text
}

// sameDomain returns the traits by whose domain the accounts of one source may be
// those of another: none where only one source says where they are on the web.
func (p Proposal) sameDomain() []string {
	var traits []string
	sources := 0
	for _, s := range p.Sources {
		says := false
		for _, b := range s.Columns {
			switch {
			case s.Kind == fact.AccountKind && (b.To == "website" || b.To == "email"):
				says = true
				if !slices.Contains(traits, b.To) {
					traits = append(traits, b.To)
				}
			case s.Kind != fact.AccountKind && s.Ids != "" && b.To == fact.ColAccount:
				contact, _ := s.Binding("contact")
				says = tellsWhose(b.From) || contact.From == b.From
			}
		}
		if says {
			sources++
		}
	}
	if sources < 2 {
		return nil
	}
	return traits
}
