package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/state"
	"github.com/segue-cs/segue/internal/warehouse"
)

// ErrNothingKnown is returned for a time before which nothing was imported, or
// no strategy applied.
var ErrNothingKnown = errors.New("nothing was known then")

// Then returns the engine as things were known just before a time: facts, joins
// and overrides that were stored until then, by the version of the strategy
// that was applied then. It shows views only, and only such as were made by it;
// erasures alone reach back.
func (e *Engine) Then(ctx context.Context, before time.Time) (*Engine, error) {
	known, err := e.State.KnownBefore(ctx, before)
	if err != nil {
		return nil, err
	}
	versions, err := e.State.Versions(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(versions, func(v state.Version) bool { return v.Applied.Before(before) })
	switch {
	case i < 0 && len(versions) > 0:
		return nil, fmt.Errorf("%w: the first version of the strategy was applied on %s", ErrNothingKnown, e.dayOf(versions[len(versions)-1].Applied))
	case i < 0:
		return nil, fmt.Errorf("%w: no version of the strategy has been applied yet", ErrNothingKnown)
	case known == 0:
		return nil, fmt.Errorf("%w: the first import came later", ErrNothingKnown)
	}
	then, err := e.version(versions[i])
	if err != nil {
		return nil, err
	}
	then.then = &moment{batch: known, day: e.dayOf(before.Add(-time.Microsecond)), version: versions[i].Number}
	return then, nil
}

// moment is a time of which an engine knows no more than was known.
type moment struct {
	batch   int64 // the last that is read
	day     period.Date
	version int64
}

// Version returns the version of the strategy that an engine of a past moment
// goes by; 0 is what the folder says.
func (e *Engine) Version() int64 {
	if e.then == nil {
		return 0
	}
	return e.then.version
}

func (e *Engine) dayOf(t time.Time) period.Date { return e.Strategy.Zone.Date(t.UnixMicro()) }

// profile says what the warehouse holds, or held.
func (e *Engine) profile(ctx context.Context) (warehouse.Profile, error) {
	return e.Warehouse.Profile(ctx, e.knownAt())
}

// knownAt returns the last batch that is read; 0 is all.
func (e *Engine) knownAt() int64 {
	if e.then == nil {
		return 0
	}
	return e.then.batch
}

// limit makes a run one of the moment that the engine knows.
func (e *Engine) limit(run *state.Run) error {
	if e.then == nil {
		return nil
	}
	if !run.View {
		return errors.New("place customers as things were known: only a view can be of then")
	}
	if run.AsOf > e.then.day {
		return fmt.Errorf("evaluate as of %s as it was known on %s: that day was still to come", run.AsOf, e.then.day)
	}
	run.Limited, run.KnownAt, run.Version = true, e.then.batch, e.then.version
	return nil
}

// isOfThen reports whether a run read what the engine reads: all that is known,
// or what was known at its moment.
func (e *Engine) isOfThen(run state.Run) bool {
	if e.then == nil {
		return !run.Limited
	}
	return run.Limited && run.KnownAt == e.then.batch && run.Version == e.then.version
}
