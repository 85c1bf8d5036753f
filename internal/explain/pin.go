package explain

import (
	"slices"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/segmentation"
)

// Pin says that somebody has set where the customer stands.
type Pin struct {
	Since      string `json:"since"`
	Until      string `json:"until,omitempty"` // the first day on which the rules count again; "" is never
	Reason     string `json:"reason"`
	By         string `json:"by,omitempty"`
	ApprovedBy string `json:"approved_by,omitempty"`

	ByRule      string `json:"by_rule"` // where the rules put the customer; "" where that cannot be told
	ByRuleTitle string `json:"by_rule_title"`
	Agrees      bool   `json:"agrees"` // with that

	Text string `json:"text"` // "pinned by Ann since 2026-05-03, until 2026-08-01: merger talks; the rules say medium"
}

// pin takes a level to the one that somebody has set.
func (e *evaluation) pin(d dimension.Definition, l Level) Level {
	o, ok := e.c.Pins[d.Name]
	at := slices.Index(d.LevelNames(), o.Place)
	if !ok || at < 0 || d.Form == dimension.ByTrait {
		return l
	}
	rule := l
	l.Index, l.Name, l.Missing, l.ByRule = at, o.Place, nil, &rule
	return l
}

func (l Level) unpinned() Level {
	if l.ByRule != nil {
		return *l.ByRule
	}
	return l
}

// pinPlace takes a segment to the one that somebody has set.
func (e *evaluation) pinPlace(d segmentation.Definition, p Segment) Segment {
	o, ok := e.c.Pins[d.Name]
	if !ok || segmentNow(d, o.Place) < 0 {
		return p
	}
	return Segment{Name: d.Segments[segmentNow(d, o.Place)].Name, ByRule: &p}
}

func (s Segment) unpinned() Segment {
	if s.ByRule != nil {
		return *s.ByRule
	}
	return s
}

func (e *evaluation) pinnedAt(d dimension.Definition, l Level) *Pin {
	if l.ByRule == nil {
		return nil
	}
	title := "can't tell"
	if l.ByRule.Index >= 0 {
		title = levelTitle(d, l.ByRule.Name)
	}
	return e.c.Pins[d.Name].told(l.ByRule.Name, title, l.Name)
}

func (e *evaluation) pinnedIn(d segmentation.Definition, s Segment) *Pin {
	if s.ByRule == nil {
		return nil
	}
	return e.c.Pins[d.Name].told(s.ByRule.Name, segmentTitle(d, s.ByRule.Name), s.Name)
}

// brief says who set it, and until when.
func (o Override) brief() string {
	text := "pinned"
	if o.By != "" {
		text += " by " + o.By
	}
	if o.To != period.Open {
		text += " until " + o.To.String()
	}
	return text
}

// told says it of a place, beside the one by the rules.
func (o Override) told(byRule, title, place string) *Pin {
	p := &Pin{Since: o.From.String(), Reason: o.Reason, By: o.By, ApprovedBy: o.ApprovedBy, ByRule: byRule, ByRuleTitle: title, Agrees: byRule == place}
	if byRule == segmentation.Unknown {
		p.ByRule = ""
	}
	p.Text = "pinned"
	if p.By != "" {
		p.Text += " by " + p.By
	}
	p.Text += " since " + p.Since
	if o.To != period.Open {
		p.Until = o.To.String()
		p.Text += ", until " + p.Until
	}
	if p.ApprovedBy != "" {
		p.Text += ", approved by " + p.ApprovedBy
	}
	if p.Reason != "" {
		p.Text += ": " + p.Reason
	}
	switch {
	case p.Agrees:
		p.Text += "; the rules now say the same"
	case p.ByRule == "":
		p.Text += "; the rules can't tell"
	default:
		p.Text += "; the rules say " + p.ByRuleTitle
	}
	return p
}
