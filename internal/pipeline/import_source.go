package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/source"
	"github.com/segue-cs/segue/internal/state"
	"github.com/segue-cs/segue/internal/warehouse"
)

// A file is refused when all of its rows are rejected, or more than half of
// them and more than so many: its mapping is wrong.
const refusedRejects = 20

// progressRows is after how many rows progress is told.
const progressRows = 4096

// ErrRejects is returned for a file of which most rows are rejected.
var ErrRejects = errors.New("most of its rows are rejected")

// loading is one source on its way into the warehouse.
type loading struct {
	*importing
	work
	batch   int64
	loader  warehouse.Loader
	spaces  []string
	rejects rejectFile
	report  SourceReport
	money   map[string]*moneyTotal // by "arr USD"
	latest  []latestSplit          // by column

	hasMoney  bool
	takesBack bool              // what its condition leaves out tells something of what is stored
	digests   map[string]string // of the files of this load, and their names

	row    warehouse.KeyedRow
	fields [][]byte
}

// loadSettled loads one source, again from its beginning when a file turns out
// to need a look at whole columns.
func (im *importing) loadSettled(ctx context.Context, w work) (SourceReport, error) {
	for before := im.before; ; im.before = before {
		report, err := im.load(ctx, w)
		open, isUnsettled := errors.AsType[*unsettledError](err)
		if !isUnsettled {
			return report, err
		}
		if err := im.settle(ctx, &w, open.file); err != nil {
			return SourceReport{}, err
		}
	}
}

// load loads one source under a batch of its own.
func (im *importing) load(ctx context.Context, w work) (SourceReport, error) {
	begun := time.Now()
	e, m := im.engine, w.mapping
	batch, err := e.State.Begin(ctx, "import", m.Name, im.request.Now)
	if err != nil {
		return SourceReport{}, err
	}
	ld := &loading{importing: im, work: w, batch: batch, money: map[string]*moneyTotal{}, digests: map[string]string{}, latest: make([]latestSplit, len(w.kind.Columns))}
	ld.report = SourceReport{Source: m.Name, Kind: m.Kind, Batch: batch, Warnings: w.warnings}
	ld.hasMoney = slices.ContainsFunc(w.kind.Columns, func(c fact.Column) bool { return c.Type == fact.Money })
	ld.takesBack = m.Where != nil && m.Rows != fact.Patch
	ld.rejects = rejectFile{dir: im.request.RejectsDir, source: m.Name, batch: batch}
	err = ld.run(ctx)
	err = errors.Join(err, ld.rejects.close())
	if _, again := errors.AsType[*unsettledError](err); again {
		ld.rejects.drop()
	}
	if err != nil {
		return SourceReport{}, errors.Join(err, im.undo(context.WithoutCancel(ctx), batch))
	}
	ld.report.Took = time.Since(begun)
	summary, err := json.Marshal(ld.report)
	if err == nil {
		err = e.State.Commit(ctx, batch, im.request.Now, summary)
	}
	if err != nil {
		return SourceReport{}, errors.Join(err, im.undo(context.WithoutCancel(ctx), batch))
	}
	return ld.report, nil
}

// undo ends a batch and removes what it has left in the warehouse. A batch
// that cannot be aborted may count, so its rows stay: the next start decides
// by what the state says then.
func (im *importing) undo(ctx context.Context, batch int64) error {
	e := im.engine
	if err := e.State.Abort(ctx, batch, im.request.Now); err != nil {
		return err
	}
	return e.Warehouse.Sweep(ctx, func(b int64) bool { return b != batch }, func(string) bool { return true })
}

// run reads the files, lets the warehouse compare, and checks what came of it.
func (ld *loading) run(ctx context.Context) error {
	m := ld.mapping
	for space := range m.Keys {
		ld.spaces = append(ld.spaces, space)
	}
	slices.Sort(ld.spaces)
	var err error
	ld.loader, err = ld.engine.Warehouse.Load(ctx, warehouse.Loading{
		Kind: ld.kind, Source: m.Name, Batch: ld.batch, Mode: m.Rows, Ids: m.Ids, ContactIds: m.ContactIds,
		KeySpaces: ld.spaces, File: ld.files[0].name, Now: ld.request.Now.UnixMicro(), AllowRetract: ld.request.AllowRetract,
		Zone: ld.engine.Strategy.Zone, Conditional: ld.takesBack, ForgetGaps: ld.request.ForgetRejects,
	})
	if err != nil {
		return err
	}
	for _, f := range ld.files {
		if err := ld.readFile(ctx, f); err != nil {
			return errors.Join(err, ld.loader.Abort(context.WithoutCancel(ctx)))
		}
	}
	loaded, err := ld.loader.Finish(ctx)
	switch {
	case errors.Is(err, warehouse.ErrRetraction):
		return fmt.Errorf("%w (is the export complete? if these really are gone, --allow-retract loads it)", err)
	case errors.Is(err, warehouse.ErrLeaving):
		return fmt.Errorf("%w, since where: leaves them out now (is the condition right? if these really are over, --allow-retract loads it)", err)
	}
	if err != nil {
		return err
	}
	ld.summarize(loaded)
	if err := ld.compare(ctx); err != nil {
		return err
	}
	ld.tellReassigned(loaded.Reassigned)
	if err := ld.tellElsewhere(ctx, loaded.Elsewhere); err != nil {
		return err
	}
	if m.Kind != fact.AccountKind {
		return ld.checkLinks(ctx)
	}
	if err := ld.tellJoined(ctx); err != nil {
		return fmt.Errorf("look for accounts that were joined: %w", err)
	}
	return ld.checkFamily(ctx)
}

// readFile decodes one file and hands its rows to the loader.
func (ld *loading) readFile(ctx context.Context, f importFile) error {
	r, err := ld.open(ctx, ld.mapping, f)
	if err != nil {
		return err
	}
	defer r.Close()
	w := ld.work
	w.mapping.Found = w.settled[f.path].found
	decoder, err := ld.decoder(w, r)
	if err != nil {
		return fmt.Errorf("%s:\n%w", f.name, err)
	}
	native := nativeFields(r)
	decoder.Native(native)
	ld.fields = make([][]byte, len(r.Header()))
	ld.row.Others, ld.row.File = decoder.Others(), len(ld.report.Files)
	ld.rejects.begin(f.name, decoder.Header())
	counts := FileReport{File: f.name}
	if err := ld.readRows(ctx, f, r, decoder, native, &counts); err != nil {
		return err
	}
	counted := counts.Rows - counts.LeftOut
	most := counts.Rejected > refusedRejects && counts.Rejected*2 > counted
	all := counts.Rejected > 0 && counts.Rejected == counted
	if (most || all) && !ld.request.AcceptRejects {
		return fmt.Errorf("%s: %w: %d of %d; %sis the mapping right? --accept-rejects loads the others%s", f.name, ErrRejects, counts.Rejected, counted,
			ld.rejects.where(), ld.rejects.first())
	}
	if counts.Rows > 0 && counted == 0 {
		ld.warn("%s: where: leaves out all of its %s: is the condition right?", f.name, quantity(counts.Rows, "row"))
	}
	if counts.Rows == 0 && ld.report.Empty == 0 {
		ld.warn("%s: it has no rows, only a header", f.name)
	}
	ld.noteRounded(f, decoder)
	ld.noteWriting(f, r)
	for _, reading := range ld.settled[f.path].readings {
		ld.report.Readings = append(ld.report.Readings, f.name+": "+reading)
	}
	for _, repair := range decoder.Repairs() {
		ld.report.Readings = append(ld.report.Readings, f.name+": "+repair)
	}
	for _, what := range append(decoder.Contradictions(), decoder.Mangled()...) {
		ld.warn("%s: %s", f.name, what)
	}
	ld.before += f.size
	ld.report.Files = append(ld.report.Files, counts)
	return ld.remember(ctx, f, counts)
}

func (ld *loading) warn(format string, args ...any) {
	ld.report.Warnings = append(ld.report.Warnings, fmt.Sprintf(format, args...))
}

func (ld *loading) readRows(ctx context.Context, f importFile, r source.Reader, decoder *fact.Decoder, native []bool, counts *FileReport) error {
	defer func() {
		ld.report.Rows += counts.Rows
		ld.report.LeftOut += counts.LeftOut
		ld.report.Rejected += counts.Rejected
		ld.report.Erased += counts.Erased
	}()
	for {
		if counts.Rows%progressRows == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			ld.tell(f, r, counts)
		}
		row, err := r.Next()
		var bad *source.RowError
		switch {
		case errors.Is(err, io.EOF):
			ld.tell(f, r, counts)
			return nil
		case errors.As(err, &bad):
			if err := ld.refuse(ctx, bad, decoder, counts); err != nil {
				return fmt.Errorf("%s:%d: %w", f.name, bad.Line, err)
			}
			continue
		case err != nil:
			return fmt.Errorf("%s: %w (nothing of the file was kept: copy or export it again)", f.name, err)
		}
		for i := range row.Fields {
			ld.fields[i] = row.Fields[i].Text
		}
		noteNative(native, row)
		if err := ld.readRow(row.Line, decoder, counts); err != nil {
			return fmt.Errorf("%s:%d: %w", f.name, row.Line, err)
		}
		if decoder.Unsettled() {
			return &unsettledError{f}
		}
	}
}

func (ld *loading) tell(f importFile, r source.Reader, counts *FileReport) {
	if ld.progress == nil {
		return
	}
	read, _ := r.Offset()
	ld.progress(ImportProgress{
		Source: ld.mapping.Name, File: f.name, Rows: ld.report.Rows + counts.Rows, Read: ld.before + read, Total: ld.total,
	})
}

// mostTotal is the largest sum of a column's amounts in one import, signs
// aside, in minor units: a few imports together stay within 64 bits.
const mostTotal = 1 << 60

// beyondTotals rejects the row last decoded where its amounts come on top of
// more than can be added up.
func (ld *loading) beyondTotals(line int) []fact.Rejection {
	for i := range ld.row.Values {
		v := &ld.row.Values[i]
		if v.Missing || v.Currency == "" || ld.split(i, v.Currency).size+max(v.Int, -v.Int) <= mostTotal {
			continue
		}
		name := ld.kind.Columns[i].Name
		return []fact.Rejection{{
			Line: line, Column: name, Value: amount(v.Int, money.Currency(v.Currency)),
			Reason: fmt.Sprintf("the amounts of this import come to more than can be added up, in %s: is it another unit?", v.Currency),
		}}
	}
	return nil
}

// addMoney counts the amounts of the row last decoded, but those of a row that
// is no fact and that the totals have no room for.
func (ld *loading) addMoney(fate fact.Fate) {
	for i := range ld.row.Values {
		v := &ld.row.Values[i]
		if v.Missing || v.Currency == "" {
			continue
		}
		split := ld.split(i, v.Currency)
		if split.size+max(v.Int, -v.Int) > mostTotal {
			continue
		}
		split.size += max(v.Int, -v.Int)
		split.Read += v.Int
		switch fate {
		case fact.Wrong:
			split.Rejected += v.Int
		case fact.LeftOut, fact.LeftOutUnknown:
			split.LeftOut += v.Int
		case fateErased:
			split.Erased += v.Int
		}
	}
}

// latestSplit is where the amounts of a column were last counted.
type latestSplit struct {
	currency string
	split    *moneyTotal
}

// moneyTotal is a split of an import under way.
type moneyTotal struct {
	MoneySplit
	size int64 // of what was read, signs aside
}

func (ld *loading) split(column int, currency string) *moneyTotal {
	if ld.latest[column].currency == currency {
		return ld.latest[column].split
	}
	name := ld.kind.Columns[column].Name + " " + currency
	s, ok := ld.money[name]
	if !ok {
		s = &moneyTotal{MoneySplit: MoneySplit{Column: ld.kind.Columns[column].Name, Currency: money.Currency(currency)}}
		ld.money[name] = s
	}
	ld.latest[column] = latestSplit{currency, s}
	return s
}

func (ld *loading) noteRounded(f importFile, decoder *fact.Decoder) {
	counts := decoder.Rounded()
	for _, column := range slices.Sorted(maps.Keys(counts)) {
		ld.warn("%s: %s in column %q had more decimals than are kept and were rounded", f.name, quantity(counts[column], "value"), column)
	}
}

// remember keeps what the file was.
func (ld *loading) remember(ctx context.Context, f importFile, counts FileReport) error {
	sum, err := digest(f.path)
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	info, err := os.Stat(f.path)
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	if info.Size() != f.size || !info.ModTime().Equal(f.modified) {
		return fmt.Errorf("%s: it was changed while it was read: import it again", f.name)
	}
	if err := ld.warnTwice(ctx, f, sum); err != nil {
		return err
	}
	return ld.engine.State.SaveFile(ctx, state.File{
		Batch: ld.batch, Source: ld.mapping.Name, Path: f.name, Size: f.size, Modified: f.modified, Digest: sum, Rows: counts.Rows,
	})
}
