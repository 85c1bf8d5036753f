package pipeline

import (
	"context"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/spec"
)

// theTest is where the values of golden customers come from.
const theTest = "the test"

// why says in one line how an unexpected value came about.
func (t *trial) why(ctx context.Context, stand *placed, p *peer, want spec.TestValue) (string, error) {
	known := p.known
	known.Evidence = map[string]explain.Evidence{}
	if err := stand.read.evidence(ctx, &known, stand.stored, p.id, want.Name); err != nil {
		return "", err
	}
	for name, e := range known.Evidence {
		if len(e.Sources) == 0 {
			e.Reason = "the test has no " + e.Kind + " facts"
		} else {
			e.Sources = []string{theTest}
		}
		known.Evidence[name] = e
	}
	for name := range p.given {
		known.Evidence[name] = explain.Evidence{Sources: []string{theTest}}
	}
	if d, ok := t.strategy.Segmentation(want.Name); ok {
		x, err := explain.Explain(p.strategy, known, d.Name)
		return whySegment(x, d, want.Value), err
	}
	s, err := withQuestion(p.strategy, known, want.Name)
	if err != nil {
		return "", err
	}
	x, err := explain.Explain(s, known, question)
	if err != nil {
		return "", err
	}
	for _, l := range x.Dimensions {
		if l.Name == want.Name && l.Text != "" {
			return l.Text, nil
		}
	}
	for _, v := range x.Values {
		if v.Name == want.Name {
			return strings.TrimSuffix(v.Title+" "+v.Shown+": "+v.Text, ": "), nil
		}
	}
	return "", nil
}

// whySegment says why a customer is not in the segment it should be in.
func whySegment(x explain.Explanation, d segmentation.Definition, want rule.Value) string {
	if i := slices.IndexFunc(x.Missed, func(m explain.Miss) bool { return m.Name == want.Text() }); i >= 0 {
		return x.Missed[i].Text
	}
	switch {
	case x.Standing == explain.CantTell:
		var reasons []string
		for _, gap := range x.Missing {
			reasons = append(reasons, gap.Reason)
		}
		return "can't tell: " + strings.Join(reasons, ", ")
	case x.Because != nil && want.IsUnknown():
		return "nothing is missing that matters: " + x.Because.Words
	case x.Because != nil:
		return x.SegmentTitle + " comes first: " + x.Because.Words
	}
	var missed []string
	for _, m := range x.Missed {
		missed = append(missed, m.Title+": "+m.Text)
	}
	return strings.Join(missed, "; ")
}

// question is a segmentation that reads one name, so that it is explained. No
// name of a strategy has a space.
const question = "the question"

// withQuestion adds the segmentation of a question about one name.
func withQuestion(s *spec.Strategy, c explain.Customer, name string) (*spec.Strategy, error) {
	variable := rule.Variable{Name: name, Type: rule.TypeText}
	if m, ok := s.Metric(name); ok {
		variable.Type = m.Type
	}
	env, err := rule.NewEnv([]rule.Variable{variable})
	if err != nil {
		return nil, err
	}
	x, found := env.Compile("known("+name+")", rule.TypeBool, diag.Pos{})
	if err := found.Err(); err != nil {
		return nil, err
	}
	own := *s
	own.Segmentations = []segmentation.Definition{{
		Name: question, Grain: c.Grain, OnUnknown: segmentation.AsNo,
		Segments: []segmentation.Segment{{Name: "known", When: x}},
	}}
	return &own, nil
}
