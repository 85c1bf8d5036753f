package spec

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// catalogFile holds, in memory, what the catalogue adds to a strategy.
const catalogFile = "catalogue.yaml"

// WithCatalog returns a strategy together with all definitions of the
// catalogue whose names it does not have, as if each had been adopted. A trait
// that it does not have is a metric that is always unknown, so that nothing
// has to be stored for it. Misfits are the definitions that do not go with
// what is there, with the reason.
func WithCatalog(project fs.FS, c *Catalog) (s *Strategy, misfits map[string]string, err error) {
	own, found := Load(project)
	if err := found.Err(); err != nil {
		return nil, nil, err
	}
	files, err := textsOf(project)
	if err != nil {
		return nil, nil, err
	}
	misfits = map[string]string{}
	for {
		text, lines := ownCatalogText(own, c, misfits)
		files[catalogFile] = text
		s, found := files.load()
		if !found.HasErrors() {
			return s, misfits, nil
		}
		before := len(misfits)
		for _, d := range found {
			if name := lines[d.Line]; d.File == catalogFile && name != "" {
				misfits[name] = d.Message
			}
		}
		if len(misfits) == before {
			return nil, nil, fmt.Errorf("try the catalogue on the strategy: %w", found.Err())
		}
		dropDependent(c, misfits)
	}
}

// dropDependent adds what reads a misfit.
func dropDependent(c *Catalog, misfits map[string]string) {
	for grown := true; grown; {
		grown = false
		for _, a := range c.Approaches {
			for _, e := range a.Entries {
				i := slices.IndexFunc(e.Reads, func(n string) bool { return misfits[n] != "" })
				if i >= 0 && misfits[e.Name] == "" {
					misfits[e.Name], grown = misfits[e.Reads[i]], true
				}
			}
		}
	}
}

// ownCatalogText writes the definitions that a strategy does not have, and
// says which of them each line belongs to, counted from 1.
func ownCatalogText(own *Strategy, c *Catalog, misfits map[string]string) (string, map[int]string) {
	var text strings.Builder
	lines := map[int]string{}
	line := 1
	add := func(name, block string) {
		for range strings.Count(block, "\n") {
			lines[line] = name
			line++
		}
		text.WriteString(block)
	}
	for _, section := range catalogSections[1:] {
		add("", section+":\n")
		for _, a := range c.Approaches {
			for _, e := range a.Entries {
				if _, there := own.placeOf(e.Name); there || misfits[e.Name] != "" {
					continue
				}
				switch {
				case e.Section == section:
					add(e.Name, e.Text)
				case e.Section == "traits" && section == "metrics":
					add(e.Name, fmt.Sprintf("  %s: {is: '%s'}\n", e.Name, neverKnown(c, e.Name)))
				}
			}
		}
	}
	return text.String(), lines
}

// neverKnown is a formula of a trait's type that is always unknown.
func neverKnown(c *Catalog, trait string) string {
	for _, column := range c.Strategy.Traits() {
		if column.Name != trait {
			continue
		}
		switch column.Type {
		case fact.Number, fact.Money:
		case fact.Bool:
			return "0 / 0 > 0"
		case fact.Date, fact.Time:
			return "0 / 0 > 0 ? as_of : as_of"
		default:
			return `0 / 0 > 0 ? "" : ""`
		}
	}
	return "0 / 0"
}
