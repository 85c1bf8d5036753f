package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/fact"
)

// ImportRequest asks for exports to be read into the store.
type ImportRequest struct {
	Root    string              `json:"root"`              // folder of the project, which file patterns start from
	Sources []string            `json:"sources,omitempty"` // names; none is all of them
	Files   map[string][]string `json:"files,omitempty"`   // patterns by source, in place of the strategy's
	Now     time.Time           `json:"now"`

	RejectsDir    string `json:"rejects_dir,omitempty"`    // folder for the rows that are rejected; "" keeps none
	AcceptRejects bool   `json:"accept_rejects,omitempty"` // load a file of which most rows are rejected
	ForgetRejects bool   `json:"forget_rejects,omitempty"` // what was rejected before and is not rejected now is no fact
	AllowRetract  bool   `json:"allow_retract,omitempty"`  // a snapshot may retract more than a tenth, and a condition more than half
}

// ImportProgress says how far an import is.
type ImportProgress struct {
	Source string
	File   string
	Rows   int64 // of the source, so far
	Read   int64 // bytes of all files, as stored
	Total  int64 // 0 when not known
}

// Import reads exports and loads what is new in them.
//
// Sources of accounts come first, then of contacts, then the others as the
// strategy lists them. Before anything is loaded, every file is opened and
// held against its mapping, and everything that does not fit is reported at
// once. Each source is loaded whole or not at all, and counts only once it is
// committed: an import that fails or is killed leaves the sources before it
// loaded and nothing of the others, and the same request then completes it.
//
// The report lists the sources that were loaded, also when an error is
// returned with it. progress may be nil.
func (e *Engine) Import(ctx context.Context, r ImportRequest, progress func(ImportProgress)) (ImportReport, error) {
	begun := time.Now()
	report := ImportReport{Now: r.Now}
	im := &importing{engine: e, request: r, progress: progress}
	work, err := im.plan(ctx)
	if err != nil {
		return report, err
	}
	if err := e.Warehouse.Prepare(ctx, e.Strategy.Kinds); err != nil {
		return report, err
	}
	if im.erased, err = e.readErased(ctx); err != nil {
		return report, err
	}
	for _, s := range work {
		done, err := im.loadSettled(ctx, s)
		if err != nil {
			report.Took = time.Since(begun)
			return report, fmt.Errorf("import %s: %w%s", s.mapping.Name, err, im.told(report))
		}
		report.Sources = append(report.Sources, done)
	}
	report.StillUnmatched, err = e.stillUnmatched(ctx, e.day(nil, r.Now))
	if err == nil {
		report.NoRates, err = e.noRatesOn(ctx, e.day(nil, r.Now))
	}
	report.Took = time.Since(begun)
	return report, err
}

// importing is one import under way.
type importing struct {
	engine   *Engine
	request  ImportRequest
	progress func(ImportProgress)

	erased *erased // whom to leave out

	total, before int64 // bytes of all files, and of those that are done
}

const nothingLoaded = "\nNothing was loaded."

// told says what an import that stops has left loaded.
func (im *importing) told(report ImportReport) string {
	if len(report.Sources) == 0 {
		return nothingLoaded
	}
	var names []string
	for _, s := range report.Sources {
		names = append(names, s.Source)
	}
	return "\nNothing of it was loaded; " + strings.Join(names, ", ") + " had been loaded before it."
}

// work is one source and its files.
type work struct {
	mapping  fact.Mapping
	kind     fact.Kind
	files    []importFile
	settled  map[string]settled // by path
	warnings []string
}

// importFile is a file of a source.
type importFile struct {
	path     string
	name     string // as shown: relative to the project where it lies in it
	size     int64
	modified time.Time
}

// plan settles which files of which sources are read in which order, and holds
// each file's header against its mapping.
func (im *importing) plan(ctx context.Context) ([]work, error) {
	mappings, err := im.chosen()
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(mappings, func(a, b fact.Mapping) int { return turn(a) - turn(b) })
	var all []work
	var problems []error
	for _, m := range mappings {
		kind, ok := im.engine.Strategy.Kind(m.Kind)
		if !ok {
			problems = append(problems, fmt.Errorf("source %q: unknown fact kind %q", m.Name, m.Kind))
			continue
		}
		w := work{mapping: m, kind: kind}
		if w.files, err = im.matching(m); err != nil {
			problems = append(problems, fmt.Errorf("source %q: %w", m.Name, err))
			continue
		}
		for _, f := range w.files {
			im.total += f.size
			warnings, err := im.check(ctx, &w, f)
			if err != nil {
				problems = append(problems, fmt.Errorf("source %q: %w", m.Name, err))
			}
			w.warnings = append(w.warnings, warnings...)
		}
		all = append(all, w)
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("%w%s", errors.Join(problems...), nothingLoaded)
	}
	return all, nil
}

// turn is the order in which sources are loaded: facts find their accounts.
func turn(m fact.Mapping) int {
	switch m.Kind {
	case fact.AccountKind:
		return 0
	case "contact":
		return 1
	}
	return 2
}

// chosen returns the mappings that the request names.
func (im *importing) chosen() ([]fact.Mapping, error) {
	all := im.engine.Strategy.Sources
	if len(all) == 0 {
		return nil, errors.New("the strategy has no sources: say under sources: which files to read")
	}
	var names []string
	for _, m := range all {
		names = append(names, m.Name)
	}
	var wanted []fact.Mapping
	var problems []error
	asked := slices.Clone(im.request.Sources)
	for name := range im.request.Files {
		if !slices.Contains(names, name) {
			asked = append(asked, name)
		}
	}
	slices.Sort(asked)
	for _, name := range slices.Compact(asked) {
		if !slices.Contains(names, name) {
			hint := diag.DidYouMean(name, names)
			if hint == "" {
				hint = "there are " + strings.Join(names, ", ")
			}
			problems = append(problems, fmt.Errorf("unknown source %q (%s)", name, hint))
		}
	}
	for _, m := range all {
		if len(im.request.Sources) == 0 || slices.Contains(im.request.Sources, m.Name) {
			wanted = append(wanted, m)
		}
	}
	return wanted, errors.Join(problems...)
}
