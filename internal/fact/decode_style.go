package fact

// NumberStyles are the ways to write a number that a mapping may declare, by
// the example of 1234.56. Each also reads a number without anything between
// its thousands; the last two read no other.
var NumberStyles = []string{"1,234.56", "1.234,56", "1 234,56", "1 234.56", "1'234.56", "1234.56", "1234,56"}
