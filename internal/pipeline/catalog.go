package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/segue-cs/segue/internal/spec"
)

// CatalogRequest asks for the catalogue, or a part of it.
type CatalogRequest struct {
	Section string `json:"section,omitempty"` // metrics, dimensions, segmentations, audiences or traits; "" is all
	Name    string `json:"name,omitempty"`    // one definition, in full
}

// CatalogReport is what the catalogue holds.
type CatalogReport struct {
	Approaches []CatalogApproach `json:"approaches"`
}

// CatalogApproach is one way to look at customers, with its definitions.
type CatalogApproach struct {
	Name        string              `json:"name"`
	Group       string              `json:"group"`
	Title       string              `json:"title"`
	Asks        string              `json:"asks"`
	Why         string              `json:"why"`
	Thin        string              `json:"thin_data"`
	Cites       []string            `json:"cites"`
	Definitions []CatalogDefinition `json:"definitions"`
}

// CatalogDefinition is one definition of the catalogue.
type CatalogDefinition struct {
	Section string             `json:"section"`
	Name    string             `json:"name"`
	Title   string             `json:"title"`
	Why     string             `json:"why,omitempty"`
	Cites   []string           `json:"cites,omitempty"`
	Data    []spec.Requirement `json:"data"`           // what it rests on in the end
	Needs   []string           `json:"needs"`          // the definitions that come with it
	Text    string             `json:"yaml,omitempty"` // where one is asked for
}

// Catalog returns what the catalogue holds.
func Catalog(r CatalogRequest) (CatalogReport, error) {
	report := CatalogReport{Approaches: []CatalogApproach{}}
	c, err := spec.ReadCatalog()
	if err != nil {
		return report, err
	}
	for _, a := range c.Approaches {
		one := CatalogApproach{Name: a.Name, Group: a.Group, Title: a.Title, Asks: a.Asks, Why: a.Why, Thin: a.Thin, Cites: a.Cites}
		for _, e := range a.Entries {
			if r.Section != "" && e.Section != r.Section || r.Name != "" && e.Name != r.Name {
				continue
			}
			d := definitionOf(c, e)
			if r.Name != "" {
				d.Text = e.Text
			}
			one.Definitions = append(one.Definitions, d)
		}
		if len(one.Definitions) > 0 {
			report.Approaches = append(report.Approaches, one)
		}
	}
	if r.Name != "" && len(report.Approaches) == 0 {
		return report, fmt.Errorf("the catalogue has no %q%s: segue catalog lists what it has", r.Name, hint(r.Name, c.Names()))
	}
	return report, nil
}

func definitionOf(c *spec.Catalog, e spec.CatalogEntry) CatalogDefinition {
	d := CatalogDefinition{
		Section: e.Section, Name: e.Name, Title: e.Title, Why: e.Why, Cites: e.Cites,
		Data: c.Strategy.Requirements(e.Name), Needs: []string{},
	}
	for _, n := range c.Closure(e.Name, func(string) bool { return false }) {
		if n.Name != e.Name {
			d.Needs = append(d.Needs, n.Name)
		}
	}
	return d
}

// AdoptRequest asks to take a definition of the catalogue into a strategy.
type AdoptRequest struct {
	Root string `json:"root"`         // folder of the strategy
	Name string `json:"name"`         // in the catalogue
	As   string `json:"as,omitempty"` // in the strategy; "" is the same
}

// AdoptReport says what was written.
type AdoptReport struct {
	Name  string        `json:"name"`
	Title string        `json:"title"`
	Added []spec.Placed `json:"added"`
	Kept  []spec.Placed `json:"kept"` // it uses these, which were there
}

// Adopt writes a definition of the catalogue, and what it needs and is not
// there, into the files of a strategy. Where that has one of the name already,
// of the same sort, it is kept and nothing is added. All files are written or none, unless
// the disk fails in between; nothing that is there changes.
func Adopt(r AdoptRequest) (AdoptReport, error) {
	report := AdoptReport{Name: r.Name, Added: []spec.Placed{}, Kept: []spec.Placed{}}
	c, err := spec.ReadCatalog()
	if err != nil {
		return report, err
	}
	a, err := spec.Adopt(os.DirFS(r.Root), c, r.Name, r.As)
	e, _, _ := c.Find(r.Name)
	isThere := errors.Is(err, spec.ErrThere) && r.As == "" && a.Kept[0].Section == e.Section
	if err != nil && !isThere {
		return report, err
	}
	report.Name, report.Title = a.Name, e.Title
	report.Added, report.Kept = append(report.Added, a.Added...), append(report.Kept, a.Kept...)
	return report, writeTexts(r.Root, a.Files)
}

// writeTexts writes files beside their places first, then moves them there.
func writeTexts(root string, files map[string]string) (err error) {
	var ready [][2]string
	defer func() {
		for _, pair := range ready {
			if err != nil {
				err = errors.Join(err, os.Remove(pair[0]))
			}
		}
	}()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		mode := fs.FileMode(0o644)
		if info, err := os.Stat(path); err == nil {
			mode = info.Mode().Perm()
		}
		beside := path + ".new"
		if err := os.WriteFile(beside, []byte(text), mode); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		ready = append(ready, [2]string{beside, path})
	}
	for len(ready) > 0 {
		if err := os.Rename(ready[0][0], ready[0][1]); err != nil {
			return fmt.Errorf("write %s: %w", ready[0][1], err)
		}
		ready = slices.Delete(ready, 0, 1)
	}
	return nil
}
