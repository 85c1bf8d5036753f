// Package demo makes up a believable customer base of a software vendor, as
// its CSV exports, and writes beside it what is really true of each customer.
package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/segue-cs/segue/internal/period"
)

// DefaultEventsPerAccount is the mean number of usage events of an account
// when Options says nothing: two or three for each active contact in 28 days.
const DefaultEventsPerAccount = 80

// DefaultEventDays is how far usage events go back when Options says nothing.
const DefaultEventDays = 180

// MaxAccounts is the most accounts that a base can have.
const MaxAccounts = 5_000_000

// How far back the exports go: tickets, activities and responses a year and a
// quarter, to compare with the same quarter a year ago; advocacy three years.
const (
	historyDays  = 455
	advocacyDays = 1095
)

// Options say which base to write. Equal options give the same bytes on the
// same kind of machine.
type Options struct {
	Dir      string    // made when it is not there
	Accounts int       // 1 to MaxAccounts
	Seed     uint64    // another seed, another base
	AsOf     time.Time // its day is the last one that the exports know
	Gzip     bool      // write .csv.gz

	EventsPerAccount float64 // mean within EventDays, about; 0: the default
	EventDays        int     // 0: the default
}

// Summary is what was written.
type Summary struct {
	Files []File `json:"files"` // in order of writing
}

// Rows returns the rows of the first file of that name, such as "events"; of
// "accounts" that is the export.
func (s Summary) Rows(name string) int64 {
	for _, f := range s.Files {
		if file := path.Base(f.Name); file == name+".csv" || file == name+".csv.gz" {
			return f.Rows
		}
	}
	return 0
}

// Bytes returns what all files take on disk.
func (s Summary) Bytes() int64 {
	var sum int64
	for _, f := range s.Files {
		sum += f.Bytes
	}
	return sum
}

// Write writes a base into o.Dir: exports/*.csv as a company would have them
// and truth/accounts.csv with what no company can see. Files of an earlier
// base there are replaced.
//
// Account n is the same in every base of one seed and date, however many
// accounts there are. Nothing is written that became known after o.AsOf.
// Memory grows with accounts, by some 150 bytes each, and not with events.
//
// On an error, and when ctx ends, no file of this base stays behind under its
// own name unless it was complete.
func Write(ctx context.Context, o Options) (Summary, error) {
	g, err := newBase(o)
	if err != nil {
		return Summary{}, fmt.Errorf("make demo base: %w", err)
	}
	summary, err := g.write(ctx)
	if err != nil {
		return Summary{}, fmt.Errorf("make demo base: %w", err)
	}
	return summary, nil
}

// base is one base while it is written.
type base struct {
	seed      uint64
	accounts  int
	asOf      period.Date
	eventDays int
	perDay    float64 // events of the average account on a plain weekday

	families *families
	clock    *clock
	rates    rates
	usage    []usage // by account number
	dir      string
	zipped   bool
	out      exports
}

func newBase(o Options) (*base, error) {
	switch {
	case o.Accounts < 1 || o.Accounts > MaxAccounts:
		return nil, fmt.Errorf("%d accounts: want 1 to %d", o.Accounts, MaxAccounts)
	case o.AsOf.Year() < 2000 || o.AsOf.Year() > 2150:
		return nil, fmt.Errorf("date %s: want a year from 2000 to 2150", o.AsOf.Format(time.DateOnly))
	case o.EventsPerAccount < 0 || o.EventDays < 0 || o.EventDays > 2000:
		return nil, errors.New("events: want a mean of at least 0 within 1 to 2000 days")
	}
	if o.EventsPerAccount == 0 {
		o.EventsPerAccount = DefaultEventsPerAccount
	}
	if o.EventDays == 0 {
		o.EventDays = DefaultEventDays
	}
	g := &base{
		seed: o.Seed, accounts: o.Accounts, eventDays: o.EventDays, dir: o.Dir, zipped: o.Gzip,
		asOf:     period.NewDate(o.AsOf.Year(), int(o.AsOf.Month()), o.AsOf.Day()),
		families: newFamilies(o.Seed, o.Accounts),
		usage:    make([]usage, o.Accounts+1),
	}
	var err error
	if g.clock, err = newClock(g.asOf-max(advocacyDays, period.Date(o.EventDays))-30, g.asOf+30); err != nil {
		return nil, err
	}
	g.rates = newRates(o.Seed, g.asOf)
	work := 0.0
	for d := g.asOf - period.Date(o.EventDays) + 1; d <= g.asOf; d++ {
		work += officeNorth.level(d)
	}
	reports := reportsWeekly * float64(o.EventDays) / 7
	g.perDay = max(o.EventsPerAccount-reports, .3*o.EventsPerAccount) / work
	return g, nil
}

func (g *base) write(ctx context.Context) (Summary, error) {
	for _, folder := range []string{"exports", "truth"} {
		if err := os.MkdirAll(filepath.Join(g.dir, folder), 0o755); err != nil {
			return Summary{}, err
		}
	}
	if err := g.out.open(g.dir, g.zipped); err != nil {
		return Summary{}, err
	}
	if err := g.fill(ctx); err != nil {
		g.out.abandon()
		return Summary{}, err
	}
	return g.out.close()
}

func (g *base) fill(ctx context.Context) error {
	g.writeRates()
	g.writeTeammates()
	for number := 1; number <= g.accounts; number++ {
		if number%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		g.writeAccount(number)
	}
	return g.writeEvents(ctx)
}

// writeAccount writes all of one account but its events.
func (g *base) writeAccount(number int) {
	c := g.customer(number)
	g.writeRecord(&c)
	g.writeContacts(&c)
	g.writeContracts(&c)
	g.writeMilestones(&c)
	g.writeOpportunities(&c)
	g.writeAdvocacy(&c)
	g.writeTickets(&c)
	g.writeActivities(&c)
	g.writeSurveys(&c)
	g.writeInterviews(&c)
	g.writeNeeds(&c)
	g.writeReadings(&c)
	g.writeTruth(&c)
	g.usage[number] = g.usageOf(&c)
}
