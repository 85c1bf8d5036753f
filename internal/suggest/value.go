package suggest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// Value is the number by which customers are cut into tiers first.
type Value struct {
	Metric  string `json:"metric"`
	Title   string `json:"title"`
	Why     string `json:"why"` // which number it is, and why not ARR
	IsMoney bool   `json:"is_money"`
	IsARR   bool   `json:"is_arr"`
	Kind    string `json:"fact"` // that it rests on; "" is traits
}

// metricLine is one entry of `metrics:`.
type metricLine struct{ name, text, why string }

// Value returns the best number there is to say what a customer is worth: ARR,
// else revenue, else usage. ok is false where the files hold none.
func (p Proposal) Value() (v Value, ok bool) {
	lines, v := p.metrics()
	return v, len(lines) > 0 && v.Metric != ""
}

// MetricsYAML writes the metrics that the proposed sources can feed, the value
// first.
func (p Proposal) MetricsYAML() string {
	lines, _ := p.metrics()
	var b strings.Builder
	b.WriteString("# Numbers for each customer, from what was imported.\nmetrics:\n")
	for _, m := range lines {
		fmt.Fprintf(&b, "  %s: %s, why: %s}\n", m.name, strings.TrimSuffix(m.text, "}"), strconv.QuoteToGraphic(m.why))
	}
	return b.String()
}

// metrics lists what can be counted, what says most about value first.
func (p Proposal) metrics() ([]metricLine, Value) {
	var lines []metricLine
	var value Value
	add := func(v Value, text, why string) {
		lines = append(lines, metricLine{v.Metric, text, why})
		if value.Metric == "" && v.Title != "" {
			value = v
		}
	}
	p.priced(add)
	p.counted(add)
	if value.Metric == "" {
		p.sized(add)
	}
	return lines, value
}

type addFunc func(v Value, text, why string)

// priced adds the metrics of money.
func (p Proposal) priced(add addFunc) {
	if s, ok := p.with("contract", "arr"); ok {
		add(Value{"arr", "ARR", "the annual rate of the contracts in force, from " + s.Table, true, true, "contract"},
			"{title: ARR, from: contract, sum: arr, where: in_force}", "What customers pay a year, by the contracts that run.")
	} else if t, ok := p.moneyTrait(); ok {
		per, formula := "a year", t.Name
		isMonth := namesAny(t.Name, []string{"month", "monthly", "mrr"})
		if isMonth {
			per, formula = "a month, twelve times", t.Name+" * 12"
		}
		add(Value{"arr", "ARR", fmt.Sprintf("there are no contracts with dates: it is the column %q, %s", t.Title, per), true, true, ""},
			fmt.Sprintf("{title: ARR, unit: money, is: '%s'}", formula), fmt.Sprintf("There are no contracts with dates: what %q says, %s.", t.Title, per))
	}
	if s, ok := p.with(OrderLine, "amount"); ok {
		add(Value{"revenue", "Revenue of 12 months", "there are no contracts: it is what was ordered in the last 365 days, from " + s.Table, true, false, OrderLine},
			"{title: Revenue of 12 months, from: order_line, sum: amount, over: 365d}", "What was ordered in the last 365 days, less what was taken back.")
		add(Value{Metric: "quiet_days"}, "{title: Days since the last order, from: order_line, since: true}", "Who has gone quiet.")
	}
	if s, ok := p.with("opportunity", "amount"); ok {
		if n, _ := s.Binding("stage"); hasEnd(n, "won") {
			add(Value{"won", "Won so far", "there are no contracts and no orders: it is the sum of won opportunities, from " + s.Table, true, false, ""},
				`{title: Won so far, from: opportunity, sum: amount, where: 'stage == "won"'}`, "The sum of all opportunities that were won. It is no ARR: nothing says for how long they run.")
		}
		add(Value{Metric: "pipeline"}, `{title: Pipeline, from: opportunity, sum: amount, where: '!(stage in ["won", "lost"])'}`, "What could still be won.")
	}
}

// counted adds the metrics that count.
func (p Proposal) counted(add addFunc) {
	if _, ok := p.with("contract", "seats"); ok {
		add(Value{"seats", "Seats", "no amount is known: it is the seats of the contracts in force", false, false, "contract"},
			"{title: Seats, from: contract, sum: seats, where: in_force}", "Seats of the contracts that run.")
	}
	if s, ok := p.Source("event"); ok {
		add(Value{"events", "Uses of 90 days", "no amount is known: it is how often the product was used in 90 days, from " + s.Table, false, false, "event"},
			"{title: Uses of 90 days, from: event, count: true, over: 90d}", "How often something was done in the last 90 days.")
		if _, ok := s.Binding("contact"); ok {
			add(Value{Metric: "active_users"}, "{title: Active users, from: event, count_distinct: contact, over: 28d}", "People who did something in the last 28 days.")
		}
	}
	p.read(add)
	if _, ok := p.Source("ticket"); ok {
		add(Value{Metric: "tickets"}, "{title: Tickets of 90 days, from: ticket, count: true, over: 90d}", "Requests for help in the last 90 days.")
	}
	if s, ok := p.Source("response"); ok {
		if n, _ := s.Binding("kind"); n.Value == "nps" {
			add(Value{Metric: "nps"}, `{title: Last NPS answer, from: response, last: score, where: 'kind == "nps"', over: 365d}`, "0 to 10, the last answer within a year.")
		}
	}
}

// read adds the latest of each reading, seats in use first. Readings of
// different names are never taken for one number.
func (p Proposal) read(add addFunc) {
	s, ok := p.Source(readingKind)
	if !ok {
		return
	}
	names := slices.Clone(s.readings)
	slices.SortStableFunc(names, func(a, b string) int {
		isSeats := func(n string) int { return -strings.Count(n, activeSeats) }
		return isSeats(a) - isSeats(b)
	})
	for _, name := range names[:min(len(names), maxReadings)] {
		title := abbreviations.Replace(titleWords(name))
		if name == activeSeats {
			title = "Seats in use"
		}
		add(Value{"latest_" + identifier(name), title, fmt.Sprintf("no amount is known: it is the latest reading of %q, from %s", name, s.Table), false, false, readingKind},
			fmt.Sprintf("{title: %s, from: reading, last: value, where: 'name == %s'}", Scalar(title), strings.ReplaceAll(strconv.Quote(name), "'", "''")),
			fmt.Sprintf("The latest reading of %s.", name))
	}
	if len(names) == 0 {
		add(Value{"latest_usage", "Usage", "no amount is known: it is the latest reading of usage, from " + s.Table, false, false, readingKind},
			"{title: Usage, from: reading, last: value}", "The latest reading of usage.")
	}
}

// abbreviations are written in capitals in titles.
var abbreviations = strings.NewReplacer("Api ", "API ", " api", " API", " gb", " GB", " mb", " MB", " tb", " TB", "Mau", "MAU", "Wau", "WAU", "Dau", "DAU")

// maxReadings is how many readings become metrics.
const maxReadings = 8

// sized adds how large the customers are, which is no answer to what they are
// worth, and better than none.
func (p Proposal) sized(add addFunc) {
	if s, ok := p.with("account", "annual_revenue"); ok {
		add(Value{"size", "Annual revenue", "nothing says what customers pay or use: it is how large they are, from " + s.Table, true, false, ""},
			"{title: Annual revenue, unit: money, is: annual_revenue}", "How large the customer's own business is. It is nothing that they pay.")
	} else if s, ok := p.with("account", "employees"); ok {
		add(Value{"size", "Employees", "nothing says what customers pay or use: it is how large they are, from " + s.Table, false, false, ""},
			"{title: Employees, is: employees}", "How large the customer is. It is nothing that they pay.")
	}
}

// with returns the first source of a kind that fills a column.
func (p Proposal) with(kind, column string) (Source, bool) {
	for _, s := range p.Sources {
		if _, ok := s.Binding(column); ok && s.Kind == kind {
			return s, true
		}
	}
	return Source{}, false
}

// moneyTrait returns the trait that says what an account pays.
func (p Proposal) moneyTrait() (Trait, bool) {
	for _, list := range [][]string{{"arr", "annual", "yearly", "acv"}, {"mrr", "month", "monthly"}} {
		for _, t := range p.Traits {
			if t.Type == string(fact.Money) && namesAny(t.Name, list) {
				return t, true
			}
		}
	}
	return Trait{}, false
}

func hasEnd(n Binding, end string) bool {
	for _, meant := range n.Values {
		if meant == end {
			return true
		}
	}
	return strings.Contains(strings.Join(n.Examples, " "), end)
}

// Owners returns how many different owners the accounts have, 0 for unknown.
func (p Proposal) Owners() int64 { return p.owners }

// TiersYAML writes the dimension and the segmentation of a cut. withNone adds a
// segment for customers of whom the number is zero. Without a cut there is one
// segment for all.
func TiersYAML(v Value, cut *Cut, withNone bool) (dimensions, segmentations string) {
	if cut == nil {
		return "", "# " + v.Title + " differs too little between customers to cut them by it.\n" +
			"segmentations:\n  tiers:\n    title: Tiers\n    segments:\n      everybody: 'true'\n"
	}
	dimensions = fmt.Sprintf(`# Lenses: each gives every customer one level.
dimensions:
  value:
    title: Value
    # %s.
    # Proposed by %s: %s.
    # A customer at a bound is in. Change the bounds, then run again.
    of: %s
    %s
`, strings.ToUpper(v.Why[:1])+v.Why[1:], cut.Name, cut.Why, v.Metric, cut.LevelsYAML())
	last := "      # Everybody else: served well by programmes and a pool.\n      scaled: {when: 'true', touch: tech}\n"
	if withNone {
		last = fmt.Sprintf("      # Served well by programmes and a pool.\n      scaled: {when: '%s > 0', touch: tech}\n"+
			"      # %s is zero: former customers, prospects, free users? Look who they are:\n      #   segue customers -w 'tiers == \"none\"'\n      none: {title: Nothing yet or no more, when: 'true'}\n", v.Metric, v.Title)
	}
	segmentations = `# Where each customer belongs. The first that is true is taken; who cannot be
# told for want of data stays where it is, and is listed.
segmentations:
  tiers:
    title: Tiers
    segments:
      # The few that carry most: a CSM of their own.
      key: {title: Key customers, when: 'value == "high"', touch: high}
      # A named CSM for many.
      core: {when: 'value == "medium"', touch: hybrid}
` + last
	return dimensions, segmentations
}

// LevelsYAML writes the levels of a dimension that is cut so.
func (c Cut) LevelsYAML() string {
	return fmt.Sprintf("levels: {high: %s, medium: %s, low: 0}", bound(c.High), bound(c.Medium))
}

// bound writes a bound without thousands.
func bound(x float64) string { return strings.ReplaceAll(figure(x), ",", "") }
