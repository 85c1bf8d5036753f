package pipeline_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/rule/ruletest"
	"github.com/segue-cs/segue/internal/spec"
)

// fixedStrategy is what all random strategies have in common: the data.
const fixedStrategy = `
name: agree
currency: EUR
timezone: Europe/Berlin
quiet: [{from: 04-03, to: 04-06}, {from: 04-29, to: 05-01}]
traits:
  n1: number
  n2: {type: number, unit: seats}
  spend: money
  t1: text
  t2: {type: text, values: [gold, silver, bronze]}
  b1: {type: bool, fixed: true}
  d1: date
sources:
  accounts:
    files: accounts.csv
    fact: account
    columns: {account: account, parent: parent, name: account, n1: n1, n2: n2, spend: {from: spend, currency: EUR}, t1: t1, t2: t2, b1: b1, d1: d1, valid_from: since}
  events:
    files: events.csv
    fact: event
    columns: {account: account, contact: contact, product: product, at: at, name: name, feature: feature, quantity: quantity}
  people:
    files: people.csv
    fact: contact
    columns: {contact: contact, account: account, name: contact, role: role, champion: champion, created_on: since}
  contracts:
    files: contracts.csv
    fact: contract
    columns: {id: id, account: account, product: product, starts: starts, arr: {from: arr, currency: EUR}}
`

// drafting writes a random strategy, one definition at a time.
type drafting struct {
	r    *rand.Rand
	vars []rule.Variable // what definitions so far have declared
	text map[string]*strings.Builder
}

func newDrafting(r *rand.Rand) *drafting {
	d := &drafting{r: r, text: map[string]*strings.Builder{}, vars: []rule.Variable{
		{Name: "as_of", Type: rule.TypeTime},
		{Name: "n1", Type: rule.TypeNumber},
		{Name: "n2", Type: rule.TypeNumber, Unit: "seats"},
		{Name: "spend", Type: rule.TypeNumber, Unit: rule.UnitMoney},
		{Name: "t1", Type: rule.TypeText},
		{Name: "t2", Type: rule.TypeText, Levels: []string{"gold", "silver", "bronze"}},
		{Name: "b1", Type: rule.TypeBool},
		{Name: "d1", Type: rule.TypeTime},
		{Name: "quiet", Type: rule.TypeBool},
		{Name: "days_since_quiet", Type: rule.TypeNumber, Unit: rule.UnitDays},
	}}
	for _, part := range parts {
		d.text[part] = &strings.Builder{}
	}
	d.metrics()
	d.dimensions()
	d.segmentations()
	return d
}

var parts = []string{"metrics", "dimensions", "segmentations", "audiences"}

func (d *drafting) String() string {
	var b strings.Builder
	b.WriteString(fixedStrategy)
	if d.r.IntN(3) == 0 {
		fmt.Fprintf(&b, "base: {when: %s}\n", quotedYAML(d.rule(rule.TypeBool, 1)))
	}
	for _, part := range parts {
		fmt.Fprintf(&b, "%s:\n%s", part, d.text[part])
	}
	return b.String()
}

// quotedYAML writes a text as YAML, of which JSON is a part.
func quotedYAML(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // texts can be written
	}
	return string(text)
}

func (d *drafting) write(part, format string, args ...any) {
	fmt.Fprintf(d.text[part], "  "+format+"\n", args...)
}

func (d *drafting) rule(want rule.Type, depth int) string {
	return ruletest.Generate(d.r, d.vars, want, depth)
}

// judged writes the key that says when a metric is judged, now and then.
func (d *drafting) judged() string {
	switch d.r.IntN(4) {
	case 0:
		return ", when: " + quotedYAML(d.rule(rule.TypeBool, 1+d.r.IntN(2)))
	case 1:
		return ", when: " + quotedYAML(d.oneOf("ago(m_count, 28d) >= 3", "!quiet", "days_since_quiet > 7 && known(m_last)"))
	}
	return ""
}

// oneOf returns one of the texts.
func (d *drafting) oneOf(of ...string) string { return of[d.r.IntN(len(of))] }

// number returns the name of a number.
func (d *drafting) number() string {
	return d.named(func(v rule.Variable) bool { return v.Type == rule.TypeNumber && v.Name != "days_since_quiet" })
}

func (d *drafting) named(fits func(rule.Variable) bool) string {
	var names []string
	for _, v := range d.vars {
		if fits(v) {
			names = append(names, v.Name)
		}
	}
	return d.oneOf(names...)
}

func (d *drafting) metrics() {
	counted := rule.Variable{Type: rule.TypeNumber, Unit: rule.UnitCount, Shiftable: true}
	plain := rule.Variable{Type: rule.TypeNumber, Shiftable: true}
	days := rule.Variable{Type: rule.TypeNumber, Unit: rule.UnitDays, Shiftable: true}
	for _, m := range []struct {
		name, of string
		v        rule.Variable
	}{
		{"m_count", "count: true", counted},
		{"m_sum", "sum: quantity", plain},
		{"m_avg", "avg: quantity", plain},
		{"m_min", "min: quantity", plain},
		{"m_last", "last: quantity", plain},
		{"m_days", "active_days: true", days},
		{"m_features", "count_distinct: feature", counted},
		{"m_since", "since: true", days},
		{"m_first", "first: feature", rule.Variable{Type: rule.TypeText, Shiftable: true}},
	} {
		rest := d.oneOf("", ", over: 28d", ", over: 7d", ", over: 400d", fmt.Sprintf(", over: %dd", 50+d.r.IntN(40)), `, where: 'name == "login"'`, `, where: 'quantity > 2 || feature in ["a", "é"]'`)
		if m.v.Type == rule.TypeNumber && d.r.IntN(6) == 0 {
			rest += ", missing: " + d.oneOf("0", "-1", "2.5")
		}
		d.write("metrics", "%s: {from: event, %s%s}", m.name, m.of, rest)
		m.v.Name = m.name
		d.vars = append(d.vars, m.v)
	}
	d.write("metrics", "m_rank: {rank: %s%s}", d.oneOf("m_count", "m_sum", "m_avg", "m_since", "r0"), d.oneOf("", ", within: [t1]", ", within: [t2]"))
	d.derived("r0", rule.TypeNumber)
	for i := range 3 {
		d.derived(fmt.Sprintf("r%d", i+1), []rule.Type{rule.TypeNumber, rule.TypeNumber, rule.TypeText, rule.TypeBool, rule.TypeTime}[d.r.IntN(5)])
	}
	d.vars = append(d.vars, rule.Variable{Name: "m_rank", Type: rule.TypeNumber, Unit: rule.UnitRatio})
}

// derived writes a metric by formula.
func (d *drafting) derived(name string, want rule.Type) {
	source := d.rule(want, 1+d.r.IntN(3))
	env, err := rule.NewEnv(d.vars)
	if err != nil {
		panic(err) // names are ours
	}
	x, _ := env.Compile(source, want, diag.Pos{})
	missing := ""
	if want == rule.TypeNumber && d.r.IntN(4) == 0 {
		missing = ", missing: 0"
	}
	d.write("metrics", "%s: {is: %s%s%s}", name, quotedYAML(source), d.judged(), missing)
	d.vars = append(d.vars, rule.Variable{Name: name, Type: want, Unit: x.Unit(), Shiftable: true})
}

// level declares a dimension for the rules that follow.
func (d *drafting) level(name string, levels ...string) {
	d.vars = append(d.vars, rule.Variable{Name: name, Type: rule.TypeText, Levels: levels})
}

// bounds are levels from the highest, with bounds that values are equal to now
// and then.
func (d *drafting) bounds(of ...float64) string {
	slices.SortFunc(of, func(a, b float64) int { return -cmpFloat(a, b) })
	return fmt.Sprintf("{high: %v, medium: %v, low: %v}", of[0], of[1], of[2])
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// pick returns different numbers.
func (d *drafting) pick(n int, of ...float64) []float64 {
	d.r.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
	return of[:n]
}

func (d *drafting) dimensions() {
	values := []float64{-10, -1, 0, 0.5, 1, 2, 3, 5, 7, 10, 28, 100, 1000.25}
	for i := range 2 {
		name := fmt.Sprintf("d_bound%d", i)
		d.write("dimensions", "%s: {of: %s%s, levels: %s}", name, d.number(), d.oneOf("", ", bound: above"), d.bounds(d.pick(3, values...)...))
		d.level(name, "high", "medium", "low")
	}
	within := d.oneOf("", ", within: [t1]", ", within: [t2]", ", within: [t2, d_bound0]", ", within: [d_bound1]")
	d.write("dimensions", "d_share: {of: %s%s%s, levels: {high: p%d, medium: p%d, low: p0}}", d.number(), d.oneOf("", ", bound: above"), within, 60+d.r.IntN(39), 1+d.r.IntN(59))
	d.level("d_share", "high", "medium", "low", "none")
	d.write("dimensions", "d_most: {of: %s%s, levels: {core: {cumulative: %d%%}, rest: {cumulative: 100%%}}}", d.number(), d.oneOf("", ", within: [t2]"), 1+d.r.IntN(99))
	d.level("d_most", "core", "rest", "none")
	d.score()
	d.points()
	d.write("dimensions", "d_rules: {levels: {first: %s, second: %s, last: %s}}", quotedYAML(d.rule(rule.TypeBool, 2)), quotedYAML(d.rule(rule.TypeBool, 2)),
		quotedYAML(d.oneOf("true", "known(n1)", d.rule(rule.TypeBool, 1))))
	d.level("d_rules", "first", "second", "last")
	d.write("dimensions", "d_trait: {trait: %s}", d.oneOf("t1", "t1", "t2"))
}

func (d *drafting) score() {
	var list []string
	for range 1 + d.r.IntN(4) {
		scale := d.pick(2, -10, 0, 1, 3, 10, 28, 100)
		list = append(list, fmt.Sprintf("{of: %s, from: %v, to: %v, weight: %s}", d.number(), scale[0], scale[1], d.oneOf("1", "2", "0.1", "0.3", "3.5")))
	}
	d.write("dimensions", "d_score: {score: [%s]%s, levels: %s}", strings.Join(list, ", "), d.oneOf("", ", min_evidence: 60%", ", min_evidence: 30%", ", min_evidence: 50%"),
		d.bounds(d.pick(3, 0, 0.1, 0.25, 0.5, 0.7, 0.9, 1)...))
	d.level("d_score", "high", "medium", "low")
}

func (d *drafting) points() {
	var list []string
	for range 1 + d.r.IntN(4) {
		list = append(list, fmt.Sprintf("{when: %s, points: %s}", quotedYAML(d.rule(rule.TypeBool, 1+d.r.IntN(2))), d.oneOf("1", "2", "0.1", "0.2", "-1")))
	}
	d.write("dimensions", "d_points: {points: [%s], levels: %s}", strings.Join(list, ", "), d.bounds(d.pick(3, 0, 0.1, 0.3, 1, 2, 3)...))
	d.level("d_points", "high", "medium", "low")
}

func (d *drafting) segmentations() {
	for i, grain := range []string{"account", "account", "account", "parent", "parent", "contact", "contact", "account x product", "account x product"} {
		vars := d.vars
		if grain == "contact" {
			d.vars = append(slices.Clone(vars), ofContacts(vars)...)
		}
		var segments []string
		names := []string{"s1", "s2", "s3", "s4", "s5", "s6"}
		d.r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		for _, name := range names[:2+d.r.IntN(4)] {
			segments = append(segments, fmt.Sprintf("%s: {when: %s}", name, quotedYAML(d.rule(rule.TypeBool, 1+d.r.IntN(3)))))
		}
		if d.r.IntN(3) > 0 {
			segments = append(segments, "rest: {when: 'true', was: "+names[5]+"}")
		}
		d.write("segmentations", "g%d: {customer: %s, on_unknown: %s, segments: {%s}}", i, grain, []string{"hold", "unknown", "no", "hold", "hold", "hold", "no", "hold", "unknown"}[i], strings.Join(segments, ", "))
		d.vars = vars
	}
	for i := range 2 {
		d.write("audiences", "a%d: {when: %s, customer: %s}", i, quotedYAML(d.rule(rule.TypeBool, 2)), d.oneOf("account", "parent"))
	}
}

// ofContacts are the names that only rules of contacts have: what the contact
// says, and what its account has.
func ofContacts(vars []rule.Variable) []rule.Variable {
	list := []rule.Variable{
		{Name: "contact.role", Type: rule.TypeText},
		{Name: "contact.champion", Type: rule.TypeBool},
		{Name: "contact.decision_maker", Type: rule.TypeBool},
		{Name: "contact.created_on", Type: rule.TypeTime},
	}
	for _, v := range vars {
		if v.Name == "as_of" || strings.Contains(v.Name, "quiet") {
			continue
		}
		v.Name, v.Shiftable = "account."+v.Name, false
		list = append(list, v)
	}
	return list
}

// load reads the strategy; what is only unwise about it does not matter.
func (d *drafting) load(t testing.TB) *spec.Strategy {
	t.Helper()
	text := d.String()
	s, found := spec.Load(fstest.MapFS{"strategy.yaml": {Data: []byte(text)}})
	if s == nil {
		t.Fatalf("%v\n%s", found.Err(), text)
	}
	return s
}

// exports are random accounts and their events, as CSV and as they are.
// Texts and numbers are those that rules write, and some are missing.
type exports struct {
	accounts, events  strings.Builder
	people, contracts strings.Builder
	happened          map[string][]happened // by account, contact, and account x product
	top               map[string]string     // of each account
}

var exportedNumbers = []string{
	"", "", "0", "1", "-1", "2", "3", "7", "10", "0.1", "0.3", "0.5", "2.5", "28", "100", "20000", "100000", "-10", "1000.25", "0.000001",
	"90000000000.000001",
}

func randomExports(r *rand.Rand, accounts int) *exports {
	x := &exports{happened: map[string][]happened{}, top: map[string]string{}}
	oneOf := func(of ...string) string { return of[r.IntN(len(of))] }
	number := func() string {
		if r.IntN(3) > 0 {
			return oneOf(exportedNumbers...)
		}
		return strconv.FormatFloat(math.Round(r.NormFloat64()*1e6)/1e4, 'f', -1, 64)
	}
	x.accounts.WriteString("account,parent,n1,n2,spend,t1,t2,b1,d1,since\n")
	x.events.WriteString("account,contact,product,at,name,feature,quantity\n")
	x.people.WriteString("contact,account,role,champion,since\n")
	x.contracts.WriteString("id,account,product,starts,arr\n")
	for i := range accounts {
		id, parent := "A"+strconv.Itoa(i), ""
		x.top[id] = id
		if i > 0 && r.IntN(3) == 0 {
			parent = "A" + strconv.Itoa(r.IntN(i))
			x.top[id] = x.top[parent]
		}
		since := []string{""}
		if r.IntN(3) > 0 {
			since = []string{"2025-11-30", oneOf("2026-02-01", "2026-04-01"), "2026-04-20"}[r.IntN(2):]
		}
		for _, day := range since {
			writeRow(&x.accounts, id, parent, number(), number(), oneOf("", "0", "1", "100", "99.99", "100000", "-3.5"),
				oneOf("", "a", "é", "É", "high", "O'Neil", "a", "a"), oneOf("", "gold", "silver", "silver", "bronze"),
				oneOf("", "true", "false"), oneOf("", "2024-02-29", "2026-01-31", "1969-12-31", "2023-12-31"), day)
		}
		people := []string{""}
		for n := range r.IntN(3) {
			person := fmt.Sprintf("%s-%d", id, n)
			people = append(people, person, person)
			writeRow(&x.people, person, id, oneOf("", "CFO", "é", "a", "high"), oneOf("", "true", "false"), oneOf("", "2024-02-29", "2026-01-31"))
		}
		products := []string{""}
		for _, product := range []string{"core", "é"}[:r.IntN(3)] {
			products = append(products, product, product)
			writeRow(&x.contracts, id+product, id, product, "2025-01-01", "100")
		}
		unnamed := r.IntN(3) == 0
		if unnamed {
			writeRow(&x.contracts, id+"-unnamed", id, "", "2025-01-01", "100")
		}
		for range r.IntN(3) * r.IntN(15) {
			person, product := oneOf(people...), oneOf(products...)
			at, name, feature, quantity := randomInstant(r), oneOf("login", "export", ""), oneOf("a", "é", "b", ""), number()
			writeRow(&x.events, id, person, product, at.Format(time.RFC3339), name, feature, quantity)
			event := happened{at: at.In(berlin), name: name, feature: feature, quantity: millionths(quantity)}
			x.happened[id] = append(x.happened[id], event)
			if person != "" {
				x.happened[person] = append(x.happened[person], event)
			}
			switch {
			case product != "":
				x.happened[id+" x "+product] = append(x.happened[id+" x "+product], event)
			case unnamed:
				x.happened[id+" x (no product)"] = append(x.happened[id+" x (no product)"], event)
			}
		}
	}
	return x
}

func writeRow(b *strings.Builder, cells ...string) {
	for i, c := range cells {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + strings.ReplaceAll(c, `"`, `""`) + `"`)
	}
	b.WriteByte('\n')
}

func millionths(number string) *int64 {
	x, ok := new(big.Rat).SetString(number)
	if !ok {
		return nil
	}
	n := x.Mul(x, big.NewRat(1e6, 1)).Num().Int64()
	return &n
}

var berlin = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err) // the zone comes with the program
	}
	return zone
}()

// randomInstant is a time from before the spring change of clocks to after it,
// often near a local midnight.
func randomInstant(r *rand.Rand) time.Time {
	hour := r.IntN(24)
	if r.IntN(2) == 0 {
		hour = []int{21, 22, 23, 0, 1}[r.IntN(5)]
	}
	minute, second := []int{0, 59, r.IntN(60)}[r.IntN(3)], []int{0, 59}[r.IntN(2)]
	return time.Date(2026, time.Month(2+r.IntN(3)), 1+r.IntN(28), hour, minute, second, 0, time.UTC)
}
