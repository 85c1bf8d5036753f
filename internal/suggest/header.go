package suggest

import "fmt"

// StrategyYAML writes the head of a strategy. base says who is a customer; "" is
// every account.
func StrategyYAML(name, currency, zone, base string) string {
	text := fmt.Sprintf(`# What holds for the whole strategy.
name: %s
currency: %s          # what all amounts are shown in
timezone: %s          # what a day is: change it to where your company is, such as Europe/Berlin
customer: account      # what counts as one customer; parent counts each family once
`, Scalar(name), currency, Scalar(zone))
	if base != "" {
		text += fmt.Sprintf("base: {when: '%s'}  # who is a customer; the others are left out of every figure\n", base)
	}
	return text
}
