package suggest

import "fmt"

// StrategyYAML writes the head of a strategy.
func StrategyYAML(name, currency, zone string) string {
	return fmt.Sprintf(`# What holds for the whole strategy.
name: %s
currency: %s          # what all amounts are shown in
timezone: %s          # what a day is: change it to where your company is, such as Europe/Berlin
customer: account      # what counts as one customer; parent counts each family once
`, Scalar(name), currency, Scalar(zone))
}
