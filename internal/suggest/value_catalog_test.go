package suggest_test

import (
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/suggest"
)

// What is proposed never takes a name that the catalogue gives to something of
// another sort: its lenses could not be taken any more.
func TestMetricsLeaveTheCatalogueItsNames(t *testing.T) {
	t.Parallel()
	c, err := spec.ReadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	all := func(s suggest.Source, to ...string) suggest.Source {
		for _, name := range to {
			s.Columns = append(s.Columns, suggest.Binding{To: name, From: "x"})
		}
		return s
	}
	stages := suggest.Binding{To: "stage", Values: map[string]string{"Closed Won": "won"}}
	p := suggest.Proposal{Currency: "EUR", Sources: []suggest.Source{
		{Kind: fact.AccountKind},
		all(suggest.Source{Kind: "contract"}, "arr", "seats"),
		all(suggest.Source{Kind: suggest.OrderLine}, "amount"),
		all(suggest.Source{Kind: "opportunity", Columns: []suggest.Binding{stages}}, "amount"),
		all(suggest.Source{Kind: "event"}, "contact"),
		{Kind: "reading"},
		{Kind: "ticket"},
		{Kind: "response", Columns: []suggest.Binding{{To: "kind", Value: "nps"}}},
	}}
	var written struct {
		Metrics map[string]any `yaml:"metrics"`
	}
	if err := yaml.Unmarshal([]byte(p.MetricsYAML()), &written); err != nil {
		t.Fatal(err)
	}
	if len(written.Metrics) < 10 {
		t.Fatalf("got %d metrics: %s", len(written.Metrics), p.MetricsYAML())
	}
	for name := range written.Metrics {
		if e, _, ok := c.Find(name); ok && e.Section != "metrics" {
			t.Errorf("%s is one of the %s of the catalogue", name, e.Section)
		}
	}
}
