package suggest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// gone asks whether accounts that a column marks as gone are customers still.
func (b *binding) gone(trait string, c Column) {
	if !isNamed(c.Name, b.Gone) || c.Distinct < 2 {
		return
	}
	marked := int64(0)
	for text, n := range c.Values {
		if slices.Contains(yes, strings.ToLower(text)) {
			marked += n
		}
	}
	answer := b.ask(Question{
		Key: "gone." + b.g.name, Preset: "in",
		Text: fmt.Sprintf("%s: %q marks %s of %s accounts. Are they customers still?", b.g.Name, c.Name, count(marked), count(c.Rows)),
		Choices: []Choice{
			{"in", "they count like all others"},
			{"out", "they are left out of every figure"},
		},
	})
	if answer == "out" {
		b.leaveOut("!" + trait)
	}
}

// prospects asks whether accounts that a column calls prospects or leads count
// as customers. They do not, unless somebody says so; where it calls all of them
// that, it is no question.
func (b *binding) prospects(trait string, c Column) {
	if c.Values == nil || !isNamed(c.Name, b.Standing) {
		return
	}
	words := b.Prospect
	if strings.Contains(plain(c.Name), "lifecycle") {
		words = slices.Concat(words, b.ProspectStage)
	}
	var marked int64
	var called []string
	for _, text := range sortedKeys(c.Values) {
		if slices.Contains(words, plain(text)) || slices.Contains(words, strings.ReplaceAll(plain(text), "_", "")) {
			marked += c.Values[text]
			called = append(called, strconv.Quote(text))
		}
	}
	if marked == 0 || marked == c.Filled {
		return
	}
	answer := b.ask(Question{
		Key: "prospects." + b.g.name, Preset: "out",
		Text: fmt.Sprintf("%s: %q calls %s of %s accounts %s. Are they customers?", b.g.Name, c.Name, count(marked), count(c.Rows), strings.Join(called, " or ")),
		Choices: []Choice{
			{"out", "no: they stay out of every figure of customers, and come in once it says something else"},
			{"in", "yes: they count like all others"},
		},
	})
	if answer == "out" {
		b.leaveOut(fmt.Sprintf("!(%s in [%s])", trait, strings.Join(called, ", ")))
	}
}

// leaveOut makes a condition one of those by which an account is a customer.
func (b *binding) leaveOut(condition string) {
	if b.out.Base != "" {
		condition = b.out.Base + " && " + condition
	}
	b.out.Base = condition
}
