package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/segmentation"
)

// ErrThere is returned by Adopt where the strategy has the name already, which
// is then what the adoption keeps.
var ErrThere = errors.New("there already")

// Adoption is what takes a definition of the catalogue into a strategy.
type Adoption struct {
	Name  string            // what the definition is called there
	Added []Placed          // what is written, each after what it needs
	Kept  []Placed          // what it needs and the strategy has already
	Files map[string]string // files that change or are new, whole
}

// Placed is a definition and where it stands.
type Placed struct {
	Section string `json:"section"`
	Name    string `json:"name"`
	Title   string `json:"title,omitempty"`
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"` // of what was there already
}

// Adopt returns what writes a definition of the catalogue, under the name
// `as` or its own, and all that it needs and is not there, into the files of a
// strategy. Nothing that is there changes: a definition of the same name as
// one that is needed is used instead. Where the result would not be a strategy
// without mistakes the error is a diag.Failure that says why.
func Adopt(project fs.FS, c *Catalog, name, as string) (Adoption, error) {
	e, _, ok := c.Find(name)
	if !ok {
		return Adoption{}, unknownEntry(c, name)
	}
	s, found := Load(project)
	if err := found.Err(); err != nil {
		return Adoption{}, err
	}
	files, err := textsOf(project)
	if err != nil {
		return Adoption{}, err
	}
	a := Adoption{Name: name, Files: map[string]string{}}
	if as != "" {
		a.Name = as
	}
	if !ownName.pattern.MatchString(a.Name) {
		return Adoption{}, fmt.Errorf("%q cannot be a name: take %s", a.Name, ownName.what)
	}
	if there, ok := s.placeOf(a.Name); ok {
		return Adoption{Name: a.Name, Kept: []Placed{there}}, fmt.Errorf("%q is %w, in %s on line %d, and stays as it is: take the catalogue's under another name with --as", a.Name, ErrThere, there.File, there.Line)
	}
	needed := c.Closure(name, func(n string) bool { _, ok := s.placeOf(n); return ok })
	for _, n := range needed {
		for _, read := range n.Reads {
			if there, ok := s.placeOf(read); ok && !slices.Contains(a.Kept, there) {
				a.Kept = append(a.Kept, there)
			}
		}
	}
	for _, section := range catalogSections {
		a.write(s, files, section, needed, e.Name)
	}
	after, found := files.load()
	if err := found.Err(); err != nil {
		return Adoption{}, fmt.Errorf("%q does not go with what is there already, and nothing was written: %w", name, err)
	}
	if !sameBefore(s, after, a.Added) {
		return Adoption{}, fmt.Errorf("add %q: the files are written in a way that cannot be added to, and nothing was written: put a new line \"metrics:\" and the like into files of their own", name)
	}
	return a, nil
}

func unknownEntry(c *Catalog, name string) error {
	if hint := diag.DidYouMean(name, c.Names()); hint != "" {
		return fmt.Errorf("the catalogue has no %q (%s)", name, hint)
	}
	return fmt.Errorf("the catalogue has no %q: segue catalog lists what it has", name)
}

// write adds the definitions of one section to the file in which the strategy
// keeps its own.
func (a *Adoption) write(s *Strategy, files fileTexts, section string, needed []CatalogEntry, asked string) {
	var blocks []string
	var placed []Placed
	for _, e := range needed {
		if e.Section != section {
			continue
		}
		name := e.Name
		if name == asked {
			name = a.Name
		}
		blocks = append(blocks, renamed(e, name))
		placed = append(placed, Placed{Section: section, Name: name, Title: e.Title})
	}
	if len(blocks) == 0 {
		return
	}
	for _, file := range s.filesFor(section, files) {
		text, ok := insert(files[file], section, blocks)
		if !ok {
			continue
		}
		files[file], a.Files[file] = text, text
		for _, p := range placed {
			p.File = file
			a.Added = append(a.Added, p)
		}
		return
	}
}

// filesFor returns the files that may take a section, best first: the one of
// its name, the one that holds it today, a new one.
func (s *Strategy) filesFor(section string, files fileTexts) []string {
	var list []string
	if _, ok := files[section+".yaml"]; ok {
		list = append(list, section+".yaml")
	}
	for _, p := range s.places() {
		if p.Section == section && p.File != "" && files[p.File] != "" {
			list = append(list, p.File)
			break
		}
	}
	if len(list) == 0 {
		return []string{section + ".yaml"}
	}
	return append(list, "catalog_"+section+".yaml")
}

// places lists what the strategy's files define in the sections of the
// catalogue.
func (s *Strategy) places() []Placed {
	var list []Placed
	add := func(section, name, title string, at diag.Pos) {
		list = append(list, Placed{Section: section, Name: name, Title: title, File: at.File, Line: at.Line})
	}
	for _, c := range s.Traits() {
		if !strings.HasPrefix(c.Pos.File, "facts/") && c.Type != fact.Account {
			add("traits", c.Name, c.Title, c.Pos)
		}
	}
	for _, m := range s.Metrics {
		add("metrics", m.Name, m.Title, m.Pos)
	}
	for _, d := range s.Dimensions {
		add("dimensions", d.Name, d.Title, d.Pos)
	}
	for _, d := range s.Segmentations {
		add("segmentations", d.Name, d.Title, d.Pos)
	}
	for _, d := range s.Audiences {
		add("audiences", d.Name, d.Title, d.Pos)
	}
	return list
}

func (s *Strategy) placeOf(name string) (Placed, bool) {
	for _, p := range s.places() {
		if p.Name == name {
			return p, true
		}
	}
	return Placed{}, false
}

// sameBefore reports whether a strategy says what it said before, but for what
// was added.
func sameBefore(before, after *Strategy, added []Placed) bool {
	isNew := func(section, name string) bool {
		return slices.ContainsFunc(added, func(p Placed) bool { return p.Section == section && p.Name == name })
	}
	rest := *after
	rest.Metrics = slices.DeleteFunc(slices.Clone(after.Metrics), func(m metric.Definition) bool { return isNew("metrics", m.Name) })
	rest.Dimensions = slices.DeleteFunc(slices.Clone(after.Dimensions), func(d dimension.Definition) bool { return isNew("dimensions", d.Name) })
	rest.Segmentations = slices.DeleteFunc(slices.Clone(after.Segmentations), func(d segmentation.Definition) bool { return isNew("segmentations", d.Name) })
	rest.Audiences = slices.DeleteFunc(slices.Clone(after.Audiences), func(a segmentation.Audience) bool { return isNew("audiences", a.Name) })
	rest.Kinds = slices.Clone(after.Kinds)
	for i, k := range rest.Kinds {
		if k.Name == "account" {
			rest.Kinds[i].Columns = slices.DeleteFunc(slices.Clone(k.Columns), func(c fact.Column) bool { return isNew("traits", c.Name) })
		}
	}
	return digest(&rest) == before.Hash()
}
