package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/pipeline"
)

// moment is the two dates of a view: the day that it shows, and the time up to
// which things were known.
type moment struct {
	asOf *period.Date // nil is the present placement

	day, known string // as they were given
}

// flags adds the options --as-of and --known-at.
func (m *moment) flags(c *cobra.Command, asOf string) {
	c.Flags().StringVar(&m.day, "as-of", "", asOf)
	c.Flags().StringVar(&m.known, "known-at", "",
		"as we saw it then: by what was stored, and by the version of the strategy that was applied, at the end of a `DATE`, or at a time such as \"2026-03-05 14:30\"")
}

// read reads the day.
func (m *moment) read(c *cobra.Command) error {
	for _, flag := range []string{"as-of", "known-at"} {
		if text, _ := c.Flags().GetString(flag); text == "" && c.Flags().Changed(flag) {
			return misuseError{fmt.Errorf("--%s is empty: name a day such as 2026-01-31, or leave it out", flag)}
		}
	}
	var err error
	m.asOf, err = day(m.day)
	return err
}

// then returns the engine of the time up to which things were known, and makes
// its day the one that is shown where none was named.
func (m *moment) then(ctx context.Context, e *pipeline.Engine, now time.Time) (*pipeline.Engine, error) {
	zone := e.Strategy.Zone
	before, err := m.before(zone)
	if err != nil {
		return nil, err
	}
	today := zone.Date(now.UnixMicro())
	seen := zone.Date(before.UnixMicro() - 1)
	if seen > today {
		return nil, misuseError{fmt.Errorf("--known-at %s is still to come; today is %s", m.known, today)}
	}
	then, err := e.Then(ctx, before)
	if err != nil {
		return nil, fmt.Errorf("--known-at %s: %w", m.known, err)
	}
	if m.asOf == nil {
		m.asOf = &seen
	}
	return then, nil
}

// before is the first instant of which nothing is known any more.
func (m *moment) before(zone period.Zone) (time.Time, error) {
	if d, err := period.ParseDate(m.known); err == nil {
		return time.UnixMicro(zone.Start(d + 1)), nil
	}
	if t, err := time.Parse(time.RFC3339, m.known); err == nil {
		return t, nil
	}
	place, err := time.LoadLocation(zone.String())
	if err != nil {
		return time.Time{}, err
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, m.known, place); err == nil {
			return t, nil
		}
	}
	return time.Time{}, misuseError{fmt.Errorf("--known-at %q: want a day such as 2026-03-05, or a time such as \"2026-03-05 14:30\" (%s)", m.known, zone)}
}

// withMoment is withPlaced for verbs that also show what was known at a time.
func (a *app) withMoment(ctx context.Context, verb string, m *moment, work func(*pipeline.Engine) error) error {
	if m.known == "" {
		return a.withPlaced(ctx, verb, m.asOf, func(e *pipeline.Engine) error { return hintRun(work(e)) })
	}
	return a.withEngine(ctx, verb, func(e *pipeline.Engine) error {
		then, err := m.then(ctx, e, a.now())
		if err != nil {
			return err
		}
		if err := work(then); errors.Is(err, pipeline.ErrNoRun) {
			return fmt.Errorf("as of %s it has not been evaluated yet as it was known on %s: %s run --as-of %s --known-at %s does it, and places nobody",
				m.asOf, m.known, a.call(), m.asOf, quoted(m.known))
		} else if err != nil {
			return err
		}
		if !a.json {
			fmt.Fprintf(a.out, "As we saw it on %s, by version %d of the strategy.\n", m.known, then.Version())
		}
		return nil
	})
}

func quoted(text string) string {
	if strings.ContainsAny(text, " ") {
		return "\"" + text + "\""
	}
	return text
}

const seenDay = "a `DATE` that has been run (default the present placement)"
