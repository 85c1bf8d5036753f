package demo

import (
	"math"

	"github.com/segue-cs/segue/internal/period"
)

// answer writes one response.
func (g *base) answer(c *customer, s *stream, who int, at int64, kind, subject string, score float64, text string) {
	c.answers++
	t := g.out.responses.part('Q', c.number, c.answers).id('A', c.number).part('C', c.number, who+1).raw(kind).text(subject)
	t.decimal(score, 0).empty().text(text).instant(at).end()
}

// writeSurveys writes NPS every half-year and CES after onboarding. Most of
// those asked never answer: about one in twelve does, more where things go well
// or very badly, and few of those who decide on money.
func (g *base) writeSurveys(c *customer) {
	if c.internal {
		return
	}
	s := newStream(g.seed, c.number, topicVoice)
	from, to := g.span(c, historyDays)
	from = max(from, c.start+30)
	mood := .7 * s.normal()
	for d := from; d <= to; d++ {
		if _, month, day := civil(d); day != 10 || month%6 != 4 { // April and October
			continue
		}
		for nth := range min(c.people, 14) {
			at := d + period.Date(math.Min(s.wait(3), 25))
			joined, left := g.contact(c, nth)
			if joined > d || left <= at || at > to || !s.chance(c.willing(nth, c.health(d))) {
				continue
			}
			score := clamp(math.Round(2.2+8.9*c.health(d)+mood+1.4*s.normal()), 0, 10)
			g.answer(c, &s, nth, g.at(c, &s, at), "nps", "product", score, remark(&s, score))
		}
	}
	if d := c.onboarded + 5; c.onboarded != never && d >= from && d <= to && s.chance(.3) {
		if who := g.anyone(c, &s, d, 3); who >= 0 {
			g.answer(c, &s, who, g.at(c, &s, d), "ces", "onboarding", clamp(math.Round(5.2+.6*c.fit-.4*c.pain+s.normal()), 1, 7), "")
		}
	}
}

// willing returns the chance that the nth contact answers.
func (c *customer) willing(nth int, health float64) float64 {
	p := .035 + .09*health
	if health < .2 {
		p += .06
	}
	switch {
	case nth == 0 && c.sponsored:
		p *= 2.4
	case nth == 0:
		p *= .7
	case nth == 1:
		p *= 1.8
	}
	return p
}

// remark returns what some people add to a mark.
func remark(s *stream, score float64) string {
	if s.chance(.65) {
		return ""
	}
	switch {
	case score >= 9:
		return one(s, []string{"Saves us hours every week.", "Großartig, danke!", "Support is quick, friendly and right.", "最高です", "We would not go back."})
	case score >= 7:
		return one(s, []string{"Good, but reports are slow.", "Solide.", "Does what it should", "Bien, pero faltan plantillas"})
	}
	return one(s, []string{"Too complicated for our team", `We were promised "seamless", it is not.`, "Trop cher pour ce que c'est,\nvraiment.", "Nobody here uses it.", "Bugs, bugs, bugs"})
}

// Interviews of the voice of the customer: what is asked about goals.
var goals = []string{"outcomes", "roadmap", "partnership"}

// writeInterviews writes the interviews held with a small part of the base,
// mostly of high value: how far the goals of the account and ours agree, from
// 1 to 5, and which need it has.
//
// Source: DOMAIN.md 1.1 rows 3 and 7.
func (g *base) writeInterviews(c *customer) {
	from, to := g.span(c, 400)
	from = max(from, c.start+60)
	if from >= to || c.internal {
		return
	}
	s := newStream(g.seed, c.number, topicVoice+1<<8)
	if !s.chance(clamp(.015+.16*(math.Log10(c.arr+10)-4), .012, .6)) {
		return
	}
	d := workday(&s, from+period.Date(s.below(int(to-from)+1)))
	who := g.anyone(c, &s, d, 3)
	if who < 0 || d < from {
		return
	}
	at := g.at(c, &s, d)
	for _, goal := range goals {
		score := clamp(math.Round(1+2.4*c.health(d)+1.6*logistic(c.fit)+.6*s.normal()), 1, 5)
		g.answer(c, &s, who, at, "goal", goal, score, "")
	}
	c.interviewed = true
	g.tellNeed(c, &s, who, at)
}

// tellNeed writes which need somebody names; who is not sure may be wrong.
func (g *base) tellNeed(c *customer, s *stream, who int, at int64) {
	need, sure := needs[c.need], s.chance(.7)
	if !sure && s.chance(.35) {
		need = one(s, needs)
	}
	c.answers++
	g.out.responses.part('Q', c.number, c.answers).id('A', c.number).part('C', c.number, who+1).raw("need").raw(need).
		empty().flag(sure).empty().instant(at).end()
}

// writeNeeds writes the one question of a short questionnaire, which need comes
// first, as two in five of those who were not interviewed answer it.
//
// Source: DOMAIN.md 1.1 row 7.
func (g *base) writeNeeds(c *customer) {
	from, to := g.span(c, 400)
	from = max(from, c.start+30)
	if from >= to || c.internal || c.interviewed {
		return
	}
	s := newStream(g.seed, c.number, topicVoice+2<<8)
	if !s.chance(.4) {
		return
	}
	d := workday(&s, from+period.Date(s.below(int(to-from)+1)))
	if who := g.anyone(c, &s, d, 3); who >= 0 && d >= from {
		g.tellNeed(c, &s, who, g.at(c, &s, d))
	}
}
