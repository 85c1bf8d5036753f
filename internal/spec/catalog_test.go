package spec_test

import (
	"testing"

	"github.com/segue-cs/segue/internal/spec"
)

func TestCatalog(t *testing.T) {
	t.Parallel()
	c, err := spec.ReadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range spec.Lint(c.Strategy) {
		t.Log(d)
	}
	for _, a := range c.Approaches {
		for _, e := range a.Entries {
			t.Log(e.Section, e.Name, e.Reads)
		}
	}
}
