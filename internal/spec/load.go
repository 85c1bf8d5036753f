package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// What one strategy may hold, and how many findings anyone reads.
const (
	maxFiles    = 1000
	maxFindings = 1000
)

// Load reads the strategy in a folder: every file that ends in .yaml or .yml,
// in subfolders too, and the tests beside them in *.test.yaml. Files and
// folders that begin with a dot are left out. What the files say is put
// together; it does not matter which file says it.
//
// The findings are those of all files at once, ordered by place. The strategy
// is nil exactly when one of them is an error.
func Load(fsys fs.FS) (*Strategy, diag.List) {
	return newLoader().load(fsys)
}

// LoadWithoutTests reads a strategy as Load does, but leaves its tests unread:
// a mistake in a test keeps nobody from placing customers.
func LoadWithoutTests(fsys fs.FS) (*Strategy, diag.List) {
	l := newLoader()
	l.untested = true
	return l.load(fsys)
}

func (l *loader) load(fsys fs.FS) (*Strategy, diag.List) {
	l.loadCatalog()
	l.readFolder(fsys)
	l.several()
	if !l.unreadable {
		l.resolve()
	}
	l.found.Sort()
	if l.found.HasErrors() {
		return nil, atMost(l.found, maxFindings)
	}
	l.s.hash = digest(l.s)
	return l.s, l.found
}

// atMost leaves out what nobody reads, and says so.
func atMost(found diag.List, most int) diag.List {
	if len(found) <= most {
		return found
	}
	short := found[:most:most]
	short.Errorf(diag.Pos{}, "too_many_findings", "", "and %d more", len(found)-most)
	return short
}

// loader turns checked files into a strategy.
type loader struct {
	s     *Strategy
	found diag.List

	untested   bool     // tests are left unread
	unreadable bool     // a file is not YAML: what it defines is not known
	named      []string // folders with a file that says the strategy's name
	head       map[string]entry
	parts      map[string][]entry // by top-level key, in the order of the files
	tests      []entry

	// broken are the definitions that have been reported. What uses them is
	// not reported again.
	broken map[string]bool

	core    []string                 // columns of the kind account that cannot be redeclared
	where   map[string]*rule.Env     // by fact kind
	values  map[string]rule.Variable // traits and metrics
	levels  map[string]rule.Variable // dimensions
	stale   bool                     // one of them changed since the environments were made
	rules   *rule.Env                // over all of them
	rows    *rule.Env                // over the columns of a file
	recipes []entry                  // of the catalogue, once one is used
	metrics map[string]*metricDraft
	lenses  map[string]*dimensionDraft
}

func newLoader() *loader {
	return &loader{
		s:       &Strategy{},
		head:    map[string]entry{},
		parts:   map[string][]entry{},
		broken:  map[string]bool{},
		where:   map[string]*rule.Env{},
		values:  map[string]rule.Variable{},
		levels:  map[string]rule.Variable{},
		metrics: map[string]*metricDraft{},
		lenses:  map[string]*dimensionDraft{},
	}
}

func (l *loader) errorf(at diag.Pos, code, hint, format string, args ...any) {
	l.found.Errorf(at, code, hint, format, args...)
}

func (l *loader) readFolder(fsys fs.FS) {
	names, err := strategyFiles(fsys)
	if err != nil {
		l.unreadable = true
		l.errorf(diag.Pos{}, "unreadable", "", "read the strategy's folder: %v", cause(err))
		return
	}
	if len(names) == 0 {
		l.unreadable = true
		l.errorf(diag.Pos{}, "no_strategy", "write strategy.yaml, or begin with segue demo", "there is no .yaml file here")
		return
	}
	if len(names) > maxFiles {
		l.unreadable = true
		l.errorf(diag.Pos{}, "too_many_files", "", "the folder has %d .yaml files, more than %d", len(names), maxFiles)
		return
	}
	for _, file := range names {
		if !l.untested || !isTest(file) {
			l.readFile(fsys, file)
		}
	}
}

// several says, instead of all that does not fit together, that the folder holds
// several strategies.
func (l *loader) several() {
	if len(l.named) < 2 {
		return
	}
	const most = 3
	list := strings.Join(l.named[:min(len(l.named), most)], ", ")
	if more := len(l.named) - most; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	l.unreadable, l.found = true, nil
	l.errorf(diag.Pos{}, "several_strategies", "go into one of them, or name it with --project", "there are %d strategies here: in %s", len(l.named), list)
}

// strategyFiles names the files of a strategy, sorted.
func strategyFiles(fsys fs.FS) ([]string, error) {
	var names []string
	err := fs.WalkDir(fsys, ".", func(file string, d fs.DirEntry, err error) error {
		switch hidden := strings.HasPrefix(path.Base(file), ".") && file != "."; {
		case err != nil:
			return err
		case d.IsDir() && (hidden || file != "." && IsProject(fsys, file)):
			return fs.SkipDir
		case hidden || d.IsDir():
			return nil
		case strings.HasSuffix(file, ".yaml") || strings.HasSuffix(file, ".yml"):
			names = append(names, file)
		}
		return nil
	})
	slices.Sort(names)
	return names, err
}

// IsProject reports whether a folder holds a strategy of its own, beside its
// own data, which is no part of the strategy around it.
func IsProject(fsys fs.FS, folder string) bool {
	for _, mark := range []string{".segue", ".segue-demo"} {
		if _, err := fs.Stat(fsys, path.Join(folder, mark)); err == nil {
			return true
		}
	}
	return false
}

func cause(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return fmt.Errorf("%s: %w", e.Path, e.Err)
	}
	return err
}

func (l *loader) readFile(fsys fs.FS, file string) {
	content, err := fs.ReadFile(fsys, file)
	if err != nil {
		l.unreadable = true
		l.errorf(diag.Pos{File: file}, "unreadable", "", "read the file: %v", cause(err))
		return
	}
	root, found := parse(file, content)
	l.found = append(l.found, found...)
	l.unreadable = l.unreadable || found.HasErrors()
	if root == nil || root.form == nothing {
		return
	}
	if isTest(file) {
		testShape.check(root, theTests, "", &l.found)
		l.tests = append(l.tests, root.entriesOf("tests")...)
		return
	}
	strategyShape.check(root, theStrategy, "", &l.found)
	if root.form == mapping {
		l.merge(root)
	}
}

func isTest(file string) bool {
	return strings.HasSuffix(file, ".test.yaml") || strings.HasSuffix(file, ".test.yml")
}

// merge adds what one file says to what the others said.
func (l *loader) merge(root *value) {
	for _, e := range root.entries {
		f := strategyShape.field(e.key)
		if f == nil { // reported; read as what was meant, so that its names are known
			if f = strategyShape.nearest(e.key); f == nil {
				continue
			}
			f.shape.check(e.value, theStrategy, f.key, &l.found)
		}
		if e.value.bad {
			continue
		}
		if folder := path.Dir(e.pos.File); f.key == "name" && !slices.Contains(l.named, folder) {
			l.named = append(l.named, folder)
		}
		if f.shape.kind != ofDict {
			if before, ok := l.head[f.key]; ok && before.pos.File != e.pos.File {
				l.errorf(e.pos, "duplicate_key", "", "%q is already said in %s, on line %d", f.key, before.pos.File, before.pos.Line)
				continue
			}
			l.head[f.key] = e
			continue
		}
		for _, item := range e.value.entries {
			l.mergeItem(f, item)
		}
	}
}

func (l *loader) mergeItem(f *field, item entry) {
	for _, before := range l.parts[f.key] {
		if before.key != item.key {
			continue
		}
		if before.pos.File != item.pos.File { // else it has been reported
			l.errorf(item.pos, "duplicate_name", "", "%s %q is already defined in %s, on line %d", f.shape.entry, item.key, before.pos.File, before.pos.Line)
		}
		return
	}
	l.parts[f.key] = append(l.parts[f.key], item)
}

// nearest returns the field whose key was probably meant.
func (s *shape) nearest(key string) *field {
	hint := s.keyHint(key)
	for i := range s.fields {
		if hint == diag.DidYouMean(key, []string{s.fields[i].key}) && hint != "" {
			return &s.fields[i]
		}
	}
	return nil
}

// resolve turns what the files say into the strategy.
func (l *loader) resolve() {
	l.readHead()
	l.readKinds()
	l.readTraits()
	l.checkHierarchy()
	l.readMatch()
	l.readSources()
	l.declare()
	l.resolveDefinitions()
	l.readBase()
	l.readSegmentations()
	l.readAudiences()
	l.readTests()
}

// checkHierarchy holds a named hierarchy against the accounts' columns.
func (l *loader) checkHierarchy() {
	e, ok := l.head["hierarchy"]
	if !ok || l.s.Hierarchy == mainHierarchy {
		return
	}
	var known []string
	for _, c := range l.s.Traits() {
		if name, isParent := strings.CutSuffix(c.Name, "_parent"); isParent && c.Type == fact.Account {
			known = append(known, name)
		}
	}
	if !slices.Contains(known, l.s.Hierarchy) {
		l.errorf(e.value.pos, "unknown_hierarchy", diag.DidYouMean(l.s.Hierarchy, append(known, mainHierarchy)),
			"no hierarchy %q: declare the trait %s of type account", l.s.Hierarchy, l.s.ParentColumn())
	}
}

func (l *loader) headText(key string) string {
	if e, ok := l.head[key]; ok {
		return e.value.text
	}
	return ""
}

func (l *loader) readHead() {
	s := l.s
	s.Name, s.Title, s.Hierarchy = l.headText("name"), l.headText("title"), l.headText("hierarchy")
	if s.Name == "" {
		s.Name = "strategy"
	}
	if s.Hierarchy == "" {
		s.Hierarchy = mainHierarchy
	}
	s.FiscalStart = "01-01"
	if start := l.headText("fiscal_year_starts"); start != "" {
		s.FiscalStart = start
	}
	s.LateRenewalGrace = 60
	if e, ok := l.head["late_renewal_grace"]; ok {
		s.LateRenewalGrace = parseDays(e.value.text)
	}
	if e, ok := l.head["currency"]; ok {
		s.Currency = l.currency(e.value)
	} else {
		l.errorf(diag.Pos{File: l.firstFile()}, "missing_key", "write currency: USD, say", "the strategy has no \"currency\"")
	}
	if e, ok := l.head["timezone"]; ok {
		s.Zone = l.zone(e.value)
	}
	if e, ok := l.head["customer"]; ok {
		s.Grain = l.grain(e.value)
	}
	if e, ok := l.head["quiet"]; ok {
		s.Quiet = l.quiet(e.value)
	}
	if e, ok := l.head["fx"]; ok {
		if d, ok := parseDay(e.value.textOf("basis")); ok {
			s.FxBasis = &d
		}
	}
}

// firstFile returns a file that says something, strategy.yaml if it does.
func (l *loader) firstFile() string {
	files := map[string]bool{}
	for _, e := range l.head {
		files[e.pos.File] = true
	}
	for _, list := range l.parts {
		for _, e := range list {
			files[e.pos.File] = true
		}
	}
	sorted := slices.Sorted(maps.Keys(files))
	if len(sorted) == 0 || files["strategy.yaml"] {
		return "strategy.yaml"
	}
	return sorted[0]
}

func (l *loader) currency(v *value) money.Currency {
	c, err := money.ParseCurrency(v.text)
	if err != nil {
		l.errorf(v.pos, "bad_currency", "currencies have three letters, such as USD", "%q is not a currency", v.text)
	}
	return c
}

func (l *loader) zone(v *value) period.Zone {
	z, err := period.LoadZone(v.text)
	if err != nil {
		l.errorf(v.pos, "bad_timezone", "names look like Europe/Berlin", "%q is not a time zone", v.text)
	}
	return z
}

func (l *loader) quiet(v *value) metric.Quiet {
	var list metric.Quiet
	for _, item := range v.items {
		if item.bad {
			continue
		}
		span := metric.QuietSpan{Why: item.textOf("why")}
		span.First, span.Last = l.monthDay(item.get("from")), l.monthDay(item.get("to"))
		if span.First > 0 && span.Last > 0 {
			list = append(list, span)
		}
	}
	return list
}

func (l *loader) monthDay(v *value) period.MonthDay {
	if v == nil {
		return 0 // reported
	}
	day, err := period.ParseMonthDay(v.text)
	if err != nil {
		l.errorf(v.pos, "wrong_value", "", "no month has a day %q", v.text)
	}
	return day
}

func (l *loader) grain(v *value) customer.Grain {
	if entity := v.get("entity"); entity != nil {
		return customer.Grain{Level: customer.ByEntity, Entity: entity.text}
	}
	g, err := customer.ParseGrain(v.text)
	if err != nil {
		l.errorf(v.pos, "bad_grain", "", "%v", err)
	}
	return g
}

func (l *loader) readBase() {
	if e, ok := l.head["base"]; ok {
		if e.value.get("when") != nil {
			l.s.BaseWhen = l.condition(e.value, customer.Grain{}, theBase)
		}
	}
}

func (l *loader) kindNames() []string {
	var names []string
	for _, k := range l.s.Kinds {
		names = append(names, k.Name)
	}
	return names
}

func (l *loader) kind(name string) *fact.Kind {
	for i := range l.s.Kinds {
		if l.s.Kinds[i].Name == name {
			return &l.s.Kinds[i]
		}
	}
	return nil
}
