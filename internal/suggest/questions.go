package suggest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
)

// answer returns what was answered to a question, "" for nothing.
func (p *proposing) answer(key string) string { return strings.TrimSpace(p.Answers[key]) }

// ask adds a question and returns its answer, or else what is taken for it.
func (p *proposing) ask(q Question) string {
	if i := slices.IndexFunc(p.out.Questions, func(o Question) bool { return o.Key == q.Key }); i >= 0 {
		return cmp.Or(p.out.Questions[i].Answer, p.out.Questions[i].Preset)
	}
	q.Answer = p.answer(q.Key)
	p.out.Questions = append(p.out.Questions, q)
	return cmp.Or(q.Answer, q.Preset)
}

// checkAnswers refuses answers that nothing asked for, and those that are none
// of the choices.
func (p *proposing) checkAnswers() error {
	var keys []string
	for _, q := range p.out.Questions {
		keys = append(keys, q.Key)
		ok := len(q.Choices) == 0 || q.Answer == ""
		var choices []string
		for _, c := range q.Choices {
			ok = ok || c.Answer == q.Answer
			choices = append(choices, c.Answer)
		}
		if !ok {
			return fmt.Errorf("the answer %s=%s is none of %s", q.Key, q.Answer, strings.Join(choices, ", "))
		}
	}
	for _, g := range p.groups {
		keys = append(keys, "kind."+g.name)
		if err := p.checkKind(g.name); err != nil {
			return err
		}
		if g.survey != nil {
			keys = append(keys, "asked."+g.name)
		}
	}
	for _, key := range sortedKeys(p.Answers) {
		if slices.Contains(keys, key) || slices.Contains(LaterKeys, key) {
			continue
		}
		hint := diag.DidYouMean(key, append(keys, LaterKeys...))
		if hint == "" {
			hint = "there are " + strings.Join(append(keys, LaterKeys...), ", ")
		}
		return fmt.Errorf("the answer %q answers no question (%s)", key, hint)
	}
	return nil
}

// LaterKeys are the questions that are asked once the files have been read.
var LaterKeys = []string{"name", "timezone", "csms", "breaks"}
