package suggest

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed words.yaml
var wordsYAML []byte

//go:embed exports.yaml
var exportsYAML []byte

// vocabulary is how exports call things: words.yaml.
type vocabulary struct {
	Words   map[string]words `yaml:"kinds"`
	Private []string         `yaml:"private"`
	Whose   []string         `yaml:"whose"`

	Documents []string `yaml:"documents"`

	Money   []string `yaml:"money"`
	Month   []string `yaml:"month"`
	Year    []string `yaml:"year"`
	Gone    []string `yaml:"gone"`
	Leaving []string `yaml:"leaving"`
	Trial   []string `yaml:"trial"`
	CSM     []string `yaml:"csm"`

	Standing      []string `yaml:"standing"`
	Prospect      []string `yaml:"prospect"`
	ProspectStage []string `yaml:"prospect_stage"`

	SeatsUsed  []string `yaml:"seats_used"`
	Seats      []string `yaml:"seats"`
	AnyMeasure []string `yaml:"any_measure"`
	NoMeasure  []string `yaml:"no_measure"`
	Week       []string `yaml:"week"`
}

// words are those of one fact kind.
type words struct {
	Files   []string            `yaml:"files"`
	Telling []string            `yaml:"telling"`
	Needs   [][]string          `yaml:"needs"`
	Columns map[string][]string `yaml:"columns"`
}

// export is one export of a well-known tool.
type export struct {
	Product string              `yaml:"product"`
	Export  string              `yaml:"export"`
	Has     []string            `yaml:"has"`
	Any     []string            `yaml:"any"`
	Not     []string            `yaml:"not"`
	Max     int                 `yaml:"max"` // columns; 0 is any number
	Kind    string              `yaml:"kind"`
	Recipe  string              `yaml:"recipe"`
	Columns map[string][]string `yaml:"columns"`
	Lacks   map[string]string   `yaml:"lacks"`
	Skip    string              `yaml:"skip"`
}

// knowledge is what the package's own files say.
type knowledge struct {
	vocabulary
	exports []export
}

var known = sync.OnceValues(func() (knowledge, error) {
	var k knowledge
	if err := yaml.UnmarshalWithOptions(wordsYAML, &k.vocabulary, yaml.Strict()); err != nil {
		return k, fmt.Errorf("read words.yaml: %w", err)
	}
	if err := yaml.UnmarshalWithOptions(exportsYAML, &k.exports, yaml.Strict()); err != nil {
		return k, fmt.Errorf("read exports.yaml: %w", err)
	}
	return k, nil
})

// matches reports whether a file has the columns of the export.
func (e export) matches(names map[string]bool, columns int) bool {
	has := func(n string) bool { return names[n] }
	return !slices.ContainsFunc(e.Has, func(n string) bool { return !names[n] }) &&
		(len(e.Any) == 0 || slices.ContainsFunc(e.Any, has)) && !slices.ContainsFunc(e.Not, has) &&
		(e.Max == 0 || columns <= e.Max)
}

// namesAny reports whether a column's name has one of the words in it.
func namesAny(name string, list []string) bool {
	parts := strings.Split(bare(name), "_")
	return slices.ContainsFunc(parts, func(p string) bool { return slices.Contains(list, p) })
}

// isNamed reports whether a column's whole name is in the list.
func isNamed(name string, list []string) bool {
	return slices.Contains(list, bare(name)) || slices.Contains(list, plain(name))
}
