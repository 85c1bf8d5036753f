package pipeline_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/pipeline"
)

// inline returns a strategy that is one text.
func inline(text string) fstest.MapFS { return fstest.MapFS{"strategy.yaml": {Data: []byte(text)}} }

// mrrPlaybook reads periods of subscriptions, whose amounts are monthly.
const mrrPlaybook = `
name: mrr_playbook
currency: USD
timezone: UTC
customer: account
late_renewal_grace: 0d
sources:
  customers: {files: periods.csv, fact: account, columns: {account: customer_id}}
  periods:
    files: periods.csv
    fact: contract
    columns:
      id: subscription_id
      account: customer_id
      starts: start_date
      ends: end_date
      arr: {is: 'number(monthly_amount) * 12', currency: USD}
metrics:
  running: {from: contract, count: true, where: in_force}
  arr: {from: contract, sum: arr, where: in_force}
  mrr: {is: 'arr / 12'}
segmentations:
  all: {segments: {everyone: 'true'}}
`

// playbook is the set, evaluated as of the first day of each of its months.
type playbook struct {
	months   []period.Date
	mrr      map[string][]float64 // of a customer, by month
	moves    map[string][]move    // by kind
	overlaps int
}

func TestMRRPlaybook(t *testing.T) {
	t.Parallel()
	want := readAnswers(t, "mrr_playbook")
	file := []string{shared(t, "mrr_playbook/subscription_periods.csv")}
	x := newExample(t, inline(mrrPlaybook), map[string][]string{"customers": file, "periods": file})
	p := playbook{mrr: map[string][]float64{}, moves: map[string][]move{}}
	for m := range 30 {
		day := period.NewDate(2017, 9, 1).AddMonths(m)
		p.months = append(p.months, day)
		x.runAsOf(t, day.String())
		for _, c := range x.list(t, pipeline.CustomersRequest{Columns: []string{"mrr", "running"}}) {
			p.overlaps += max(0, int(c.number("running"))-1) // every period is of whole months
			p.mrr[c.id] = append(p.mrr[c.id], c.number("mrr"))
		}
	}
	for _, line := range p.mrr {
		for _, move := range movements(line) {
			p.moves[move.kind] = append(p.moves[move.kind], move)
		}
	}
	t.Run("MR-01", func(t *testing.T) {
		want.is(t, "MR-01", []string{fmt.Sprint(x.imported(t, "periods").Loaded), whole(len(p.mrr)), whole(p.overlaps)})
	})
	t.Run("MR-02", func(t *testing.T) { want.is(t, "MR-02", p.byMonth()...) })
	t.Run("MR-03", func(t *testing.T) { want.is(t, "MR-03", p.byKind()...) })
	t.Run("MR-04", func(t *testing.T) { want.is(t, "MR-04", p.retention(15, 27)) }) // December 2018 and 2019
}

// byMonth leaves out December 2017, in which nobody was there or left, as the
// check does.
func (p playbook) byMonth() (rows [][]string) {
	for m, day := range p.months {
		if m == 3 {
			continue
		}
		total, active := 0.0, 0
		for _, line := range p.mrr {
			total += line[m]
			if line[m] > 0 {
				active++
			}
		}
		row := []string{day.String(), figure(total), whole(active)}
		for _, kind := range []string{"new", "reactivation", "upgrade", "downgrade", "churn"} {
			by := 0.0
			for _, move := range p.moves[kind] {
				if move.month == m {
					by += move.by
				}
			}
			row = append(row, figure(by))
		}
		rows = append(rows, row)
	}
	return rows
}

func (p playbook) byKind() (rows [][]string) {
	for _, kind := range slices.Sorted(maps.Keys(p.moves)) {
		by := 0.0
		for _, move := range p.moves[kind] {
			by += move.by
		}
		rows = append(rows, []string{kind, whole(len(p.moves[kind])), figure(by)})
	}
	return rows
}

// retention returns what a month kept of the customers of an earlier one: how
// many there were, their MRR, and net, gross and logos in percent.
func (p playbook) retention(from, to int) []string {
	base, stayed, before, after, kept := 0, 0, 0.0, 0.0, 0.0
	for _, line := range p.mrr {
		if line[from] == 0 {
			continue
		}
		base, before, after, kept = base+1, before+line[from], after+line[to], kept+min(line[from], line[to])
		if line[to] > 0 {
			stayed++
		}
	}
	share := func(x float64) string { return figure(100 * x / before) }
	return []string{whole(base), figure(before), share(after), share(kept), figure(100 * float64(stayed) / float64(base))}
}

// move is what the revenue of one customer did in a month.
type move struct {
	kind  string
	month int
	by    float64
}

// movements returns the moves of a customer, of which mrr says every month.
func movements(mrr []float64) (list []move) {
	before, ever := 0.0, false
	for m, now := range mrr {
		kind := ""
		switch {
		case now > 0 && !ever:
			kind, ever = "new", true
		case now > 0 && before == 0:
			kind = "reactivation"
		case now == 0 && before > 0:
			kind = "churn"
		case now > before:
			kind = "upgrade"
		case now < before:
			kind = "downgrade"
		}
		if kind != "" {
			list = append(list, move{kind, m, now - before})
		}
		before = now
	}
	return list
}

// wholesale reads clients without an id: the line itself is one.
const wholesale = `
name: wholesale
currency: EUR
timezone: Europe/Lisbon
customer: account
traits: {channel: text, district: text, spend: number}
sources:
  clients:
    files: clients.csv
    delimiter: ";"
    fact: account
    columns:
      account: {is: 'Fresh + "/" + Milk + "/" + Grocery + "/" + Frozen + "/" + Detergents_Paper + "/" + Delicassen'}
      valid_from: {value: "2014-01-01"}
      channel: Channel
      district: Region
      spend: {is: 'number(Fresh) + number(Milk) + number(Grocery) + number(Frozen) + number(Detergents_Paper) + number(Delicassen)'}
segmentations:
  all: {segments: {everyone: 'true'}}
`

func TestWholesale(t *testing.T) {
	t.Parallel()
	want := readAnswers(t, "wholesale_uci")
	x := newExample(t, inline(wholesale), map[string][]string{"clients": {shared(t, "wholesale_uci/wholesale_customers.csv")}})
	x.runAsOf(t, "2014-12-31")
	all := x.list(t, pipeline.CustomersRequest{Columns: []string{"channel", "district", "spend"}})
	t.Run("WH-01", func(t *testing.T) {
		of := map[[2]string][]listed{}
		for _, c := range all {
			key := [2]string{c.text("channel"), c.text("district")}
			of[key] = append(of[key], c)
		}
		var rows [][]string
		for key, list := range of {
			rows = append(rows, []string{key[0], key[1], whole(len(list)), figure(sum(list, "spend"))})
		}
		slices.SortFunc(rows, slices.Compare)
		want.is(t, "WH-01", rows...)
	})
	t.Run("WH-02", func(t *testing.T) {
		var rows [][]string
		for _, channel := range []string{"1", "2"} {
			list := kept(all, func(c listed) bool { return c.text("channel") == channel })
			slices.SortFunc(list, func(a, b listed) int { return cmp.Compare(b.number("spend"), a.number("spend")) })
			top := list[:int(math.Ceil(0.2*float64(len(list))))]
			rows = append(rows, []string{channel, figure(100 * sum(top, "spend") / sum(list, "spend"))})
		}
		want.is(t, "WH-02", rows...)
	})
}
