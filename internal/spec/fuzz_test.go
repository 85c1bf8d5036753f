package spec_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/segue-cs/segue/internal/spec"
)

// FuzzLoad checks that whatever stands in the files, Load gives either a
// strategy or findings with an error, each with a message, and the same ones
// when asked again.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/*.yaml", "testdata/twenty/*.y*ml", "../../examples/acme/*.yaml"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			f.Fatalf("no seeds in %s (%v)", pattern, err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(content, content)
		}
	}
	f.Fuzz(func(t *testing.T, content, tests []byte) {
		files := fstest.MapFS{
			"a.yaml":      {Data: []byte("currency: USD\n")},
			"b.yaml":      {Data: content},
			"b.test.yaml": {Data: tests},
		}
		s, found := spec.Load(files)
		if (s == nil) != found.HasErrors() {
			t.Fatalf("a strategy: %v, findings: %v", s != nil, found)
		}
		for _, d := range found {
			if d.Message == "" || d.Code == "" {
				t.Fatalf("a finding says nothing: %+v", d)
			}
		}
		again, foundAgain := spec.Load(files)
		if len(found) != len(foundAgain) {
			t.Fatalf("first %v, then %v", found, foundAgain)
		}
		for i := range found {
			if found[i] != foundAgain[i] {
				t.Fatalf("first %v, then %v", found[i], foundAgain[i])
			}
		}
		if s == nil {
			return
		}
		spec.Lint(s)
		if again.Hash() != s.Hash() || len(s.Order()) != len(s.Metrics)+len(s.Dimensions) {
			t.Fatalf("got hashes %s and %s, order %v", s.Hash(), again.Hash(), s.Order())
		}
	})
}
