package pipeline_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/pipeline"
)

const signedStrategy = `
name: signed
currency: USD
late_renewal_grace: %dd
%s
sources:
  accounts: {files: accounts.csv, fact: account, columns: {account: id, valid_from: since}}
  contracts:
    files: contracts.csv
    fact: contract
    columns:
      {id: line, account: customer, product: product, arr: {from: arr, currency_from: currency}, starts: starts, ends: ends,
       supersedes: supersedes, renews: renews, canceled_on: canceled}
  rates: {files: rates.csv, fact: fx_rate, columns: {currency: currency, valid_from: day, rate: rate}}
metrics:
  arr: {from: contract, sum: arr, where: in_force}
segmentations:
  size: {segments: {paying: 'arr > 0', rest: 'true'}}
`

// signed is a contract line as its export says it.
type signed struct {
	account, id, product string
	arr, currency        string // "" is missing
	starts, ends         period.Date
	supersedes, renews   string
	canceled             *period.Date
}

func (l signed) row() string {
	ends, canceled := "", ""
	if l.ends != period.Open {
		ends = l.ends.String()
	}
	if l.canceled != nil {
		canceled = l.canceled.String()
	}
	currency := l.currency
	if l.arr == "" {
		currency = ""
	}
	return strings.Join([]string{l.id, l.account, l.product, l.arr, currency, l.starts.String(), ends, l.supersedes, l.renews, canceled}, ",")
}

// ledger is what one vendor has signed, and how it is to be counted.
type ledger struct {
	lines []signed
	rates map[string]map[period.Date]int64 // millionths of a dollar, by currency and day
	grace period.Date
	basis *period.Date
}

var (
	signedFrom = period.NewDate(2024, 1, 1)
	signedNow  = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
)

func drawSigned(r *rand.Rand, account string, nth int) signed {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	other := func(share float64) string {
		if r.Float64() > share {
			return ""
		}
		return fmt.Sprintf("l%d", r.IntN(4)) // so few that some name each other
	}
	l := signed{
		account: account, id: fmt.Sprintf("l%d", nth), product: pick("", "core", "core", "plus"),
		arr: pick("0", "1200", "1200", "999.99", "0.005", "-150.5", "33333.33", ""), currency: pick("USD", "USD", "EUR", "JPY", "CHF"),
		starts: signedFrom + period.Date(30*r.IntN(28)), supersedes: other(0.4), renews: other(0.3),
	}
	if strings.Contains(l.arr, ".") && l.currency == "JPY" {
		l.arr = "4200"
	}
	if l.arr == "0.005" {
		l.arr = "0.05" // cents are kept
	}
	l.ends = l.starts + period.Date([]int{30, 90, 180, 365, 365, 365, 371}[r.IntN(7)])
	if r.IntN(5) == 0 {
		l.ends = period.Open
	}
	if r.IntN(6) == 0 {
		day := l.starts + period.Date(r.IntN(400))
		l.canceled = &day
	}
	return l
}

func drawLedger(r *rand.Rand) ledger {
	b := ledger{grace: period.Date([]int{0, 30, 60}[r.IntN(3)]), rates: map[string]map[period.Date]int64{}}
	for account := range 70 {
		for nth := range r.IntN(7) {
			b.lines = append(b.lines, drawSigned(r, fmt.Sprintf("a%02d", account), nth))
		}
	}
	for _, currency := range []string{"EUR", "JPY"} { // nobody quotes CHF
		b.rates[currency] = map[period.Date]int64{}
		for range 4 {
			b.rates[currency][signedFrom+period.Date(r.IntN(800))] = 1 + r.Int64N(2_000_000)
		}
	}
	if r.IntN(2) == 0 {
		day := signedFrom + period.Date(r.IntN(800))
		b.basis = &day
	}
	return b
}

// correct changes some lines and adds others, as later exports do.
func (b *ledger) correct(r *rand.Rand) {
	for i, l := range b.lines {
		if r.IntN(5) == 0 {
			nth, _ := strconv.Atoi(l.id[1:])
			b.lines[i] = drawSigned(r, l.account, nth)
		}
	}
	for range 10 {
		late := drawSigned(r, fmt.Sprintf("a%02d", r.IntN(70)), 7+r.IntN(3))
		if !slices.ContainsFunc(b.lines, func(l signed) bool { return l.account == late.account && l.id == late.id }) {
			b.lines = append(b.lines, late)
		}
	}
}

func (b ledger) of(account string) []signed {
	return slices.DeleteFunc(slices.Clone(b.lines), func(l signed) bool { return l.account != account })
}

// straight follows the names that lead from a line, and reports whether they do
// not come back to it.
func straight(lines []signed, from signed, name func(signed) string) bool {
	at := name(from)
	for range lines {
		if at == from.id {
			return false
		}
		i := slices.IndexFunc(lines, func(l signed) bool { return l.id == at })
		if i < 0 {
			return true
		}
		at = name(lines[i])
	}
	return true
}

func supersededOne(l signed) string { return l.supersedes }
func renewedOne(l signed) string    { return l.renews }

func names(lines []signed, n, l signed, name func(signed) string) bool {
	return name(n) == l.id && straight(lines, n, name)
}

func replaced(lines []signed, l signed, day period.Date) bool {
	return slices.ContainsFunc(lines, func(n signed) bool {
		return n.id != l.id && n.starts <= day && names(lines, n, l, supersededOne)
	})
}

// isLate reports whether a line has ended within the grace, and its renewal is
// open.
func (b ledger) isLate(lines []signed, l signed, day period.Date) bool {
	if l.ends > day || l.ends+b.grace <= day || l.canceled != nil && *l.canceled <= day {
		return false
	}
	return !slices.ContainsFunc(lines, func(n signed) bool {
		if n.id == l.id || n.starts > day {
			return false
		}
		follows := n.product == l.product && n.starts > l.starts && n.ends > l.ends && n.starts > l.ends-b.grace
		return follows || names(lines, n, l, supersededOne) || names(lines, n, l, renewedOne)
	})
}

func (b ledger) inForce(lines []signed, l signed, day period.Date) bool {
	runs := l.starts <= day && day < l.ends
	return (runs || b.isLate(lines, l, day)) && !replaced(lines, l, day)
}

// cents is a line's ARR in cents; ok is false where it is not known.
func (b ledger) cents(l signed, day period.Date) (cents int64, ok bool) {
	x, ok := new(big.Rat).SetString(l.arr)
	if !ok {
		return 0, false
	}
	if l.currency != "USD" {
		if b.basis != nil {
			day = *b.basis
		}
		last := period.Date(-1)
		for from := range b.rates[l.currency] {
			if from <= day {
				last = max(last, from)
			}
		}
		if last < 0 {
			return 0, false
		}
		x.Mul(x, big.NewRat(b.rates[l.currency][last], 1_000_000))
	}
	x.Mul(x, big.NewRat(100, 1))
	twice := new(big.Int).Mul(x.Num(), big.NewInt(2))
	floor := new(big.Int).Div(x.Num(), x.Denom())
	// A half lies where 2n = (2 floor + 1) d; it goes to the even one.
	middle := new(big.Int).Mul(new(big.Int).Add(new(big.Int).Mul(floor, big.NewInt(2)), big.NewInt(1)), x.Denom())
	if c := twice.Cmp(middle); c > 0 || c == 0 && floor.Bit(0) == 1 {
		floor.Add(floor, big.NewInt(1))
	}
	return floor.Int64(), true
}

// counted is what comes of an account on a day: cents, nil when it can't be
// told, the lines behind it with an amount, and those that are late.
func (b ledger) counted(account string, day period.Date) (arr *int64, facts, late int64) {
	lines := b.of(account)
	sum, known := int64(0), true
	for _, l := range lines {
		if !b.inForce(lines, l, day) {
			continue
		}
		if l.ends <= day {
			late++
		}
		if l.arr != "" {
			facts++
		}
		cents, ok := b.cents(l, day)
		sum, known = sum+cents, known && ok
	}
	if !known {
		return nil, facts, late
	}
	return &sum, facts, late
}

// overlapping returns the lines that overlap, each as its account and id: of
// each two it is asked whether one may stand in for the other, and with them
// come all that they are compared with.
func (b ledger) overlapping(day period.Date) []string {
	var found []string
	for account := range 70 {
		lines := b.of(fmt.Sprintf("a%02d", account))
		var in []signed
		for _, l := range lines {
			if l.starts <= day && day < l.ends && !replaced(lines, l, day) && l.arr != "" && l.arr != "0" && l.arr[0] != '-' {
				in = append(in, l)
			}
		}
		comparable := func(x, y signed) bool {
			return x.product == y.product && (x.product != "" || x.arr == y.arr && x.currency == y.currency)
		}
		for _, l := range in {
			if slices.ContainsFunc(in, func(x signed) bool {
				copied := x.id != l.id && x.product == l.product && x.arr == l.arr && x.currency == l.currency && x.starts == l.starts && x.ends == l.ends
				return copied || comparable(l, x) && slices.ContainsFunc(in, func(y signed) bool {
					return comparable(x, y) && x.starts != y.starts && (x.ends != y.ends || x.ends == period.Open)
				})
			}) {
				found = append(found, l.account+" "+l.id)
			}
		}
	}
	slices.Sort(found)
	return found
}

// TestInForce compares the ARR of random contracts, as a run counts it, with
// what SEMANTICS 11 says, line by line.
func TestInForce(t *testing.T) {
	t.Parallel()
	ledgers, seed := 3, uint64(1)
	if s := os.Getenv("SEGUE_AGREE"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("SEGUE_AGREE: %v", err)
		}
		ledgers, seed = max(3, n/20_000), rand.Uint64()
	}
	var tally signedTally
	for n := range uint64(ledgers) {
		r := rand.New(rand.NewPCG(seed+n, 11))
		b := drawLedger(r)
		im := b.open(t)
		b.load(t, im)
		b.correct(r)
		b.load(t, im)
		for range 4 {
			day := signedFrom + period.Date(r.IntN(900))
			if difference := tally.compare(t, im, b, day); difference != "" {
				t.Fatalf("seed %d, as of %s, grace %d: %s", seed+n, day, b.grace, difference)
			}
		}
	}
	t.Logf("from seed %d on: %+v", seed, tally)
	if tally.known == 0 || tally.unknown == 0 || tally.late == 0 || tally.circles == 0 || tally.overlaps == 0 {
		t.Errorf("got %+v: something was never compared", tally)
	}
}

type signedTally struct{ known, unknown, late, circles, overlaps, explained int }

func (b ledger) open(t *testing.T) *importer {
	t.Helper()
	fx := ""
	if b.basis != nil {
		fx = "fx: {basis: " + b.basis.String() + "}"
	}
	accounts := "id,since\n"
	for account := range 70 {
		accounts += fmt.Sprintf("a%02d,2020-01-01\n", account)
	}
	rates := "currency,day,rate\n"
	for currency, list := range b.rates {
		for day, rate := range list {
			rates += fmt.Sprintf("%s,%s,%d.%06d\n", currency, day, rate/1_000_000, rate%1_000_000)
		}
	}
	return newImporter(t, fmt.Sprintf(signedStrategy, b.grace, fx), map[string]string{"accounts.csv": accounts, "rates.csv": rates})
}

func (b ledger) load(t *testing.T, im *importer) {
	t.Helper()
	text := "line,customer,product,arr,currency,starts,ends,supersedes,renews,canceled\n"
	for _, l := range b.lines {
		text += l.row() + "\n"
	}
	im.write(t, "contracts.csv", text)
	report, err := im.Import(t.Context(), pipeline.ImportRequest{Root: im.root, Now: signedNow}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range report.Sources {
		if s.Rejected > 0 {
			t.Fatalf("%s: %v", s.Source, s.Rejections)
		}
	}
}

// compare says how a run differs from the ledger.
func (c *signedTally) compare(t *testing.T, im *importer, b ledger, day period.Date) string {
	t.Helper()
	report, err := im.Run(t.Context(), pipeline.RunRequest{AsOf: &day, Now: signedNow})
	if err != nil {
		t.Fatal(err)
	}
	list, err := im.Customers(t.Context(), pipeline.CustomersRequest{AsOf: &day, Columns: []string{"arr"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Rows) != 70 {
		return fmt.Sprintf("%d customers", len(list.Rows))
	}
	for i, row := range list.Rows {
		account := row[0].(string)
		arr, facts, late := b.counted(account, day)
		want := []any{account, nil}
		if c.unknown++; arr != nil {
			want[1] = float64(*arr) / 100
			c.unknown, c.known = c.unknown-1, c.known+1
		}
		c.late += int(late)
		if !slices.Equal(row, want) {
			return fmt.Sprintf("got %v, want %v of\n%v", row, want, b.of(account))
		}
		if i%20 > 0 {
			continue
		}
		c.explained++
		if got := factsBehind(t, im, account, day); got != facts {
			return fmt.Sprintf("%s: explained by %d lines, want %d of\n%v", account, got, facts, b.of(account))
		}
	}
	for _, circle := range report.Circles {
		if len(circle.Lines) > 1 {
			c.circles++
		}
	}
	var overlaps []string
	if report.Overlaps != nil {
		for _, o := range report.Overlaps.List {
			for _, l := range o.Lines {
				overlaps = append(overlaps, o.Account+" "+l.Line)
			}
		}
	}
	slices.Sort(overlaps)
	c.overlaps += len(overlaps)
	if want := b.overlapping(day); !slices.Equal(overlaps, want) {
		return fmt.Sprintf("overlaps: got %v, want %v", overlaps, want)
	}
	return ""
}

// factsBehind is how many lines the explanation of an ARR counts.
func factsBehind(t *testing.T, im *importer, account string, day period.Date) int64 {
	t.Helper()
	e, err := im.Explain(t.Context(), pipeline.ExplainRequest{Customer: account, AsOf: &day})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range e.Values {
		if v.Name == "arr" && v.Facts != nil {
			return *v.Facts
		}
	}
	return -1
}
