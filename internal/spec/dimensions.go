package spec

import (
	"slices"
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/rule"
)

// dimensionDraft is a dimension between the file and its definition.
type dimensionDraft struct {
	d     dimension.Definition
	v     *value
	needs []string        // metrics and dimensions
	whens []*value        // condition of each level or point
	uncut map[string]bool // levels whose bound has been reported
}

// declareDimension reads what does not depend on other definitions.
func (l *loader) declareDimension(e entry) {
	if !l.isUsable("dimension", e) {
		l.broken[e.key] = true
		return
	}
	v := e.value
	_, isTrait := l.trait(e.key)
	switch {
	case isTrait && !v.bad && v.textOf("trait") != e.key:
		l.errorf(e.pos, "duplicate_name", "choose another name, or write {trait: "+e.key+"}", "dimension %q has the name of a trait", e.key)
		l.broken[e.key] = true
		return
	case slices.ContainsFunc(l.parts["metrics"], named(e.key)):
		l.errorf(e.pos, "duplicate_name", "choose another name", "dimension %q has the name of a metric", e.key)
		l.broken[e.key] = true
		return
	}
	variable := rule.Variable{Name: e.key, Type: rule.TypeText}
	if v.bad {
		l.broken[e.key] = true
		l.levels[e.key] = variable
		return
	}
	d := &dimensionDraft{v: v, uncut: map[string]bool{}, d: dimension.Definition{
		Name:        e.key,
		Title:       v.textOf("title"),
		Why:         v.textOf("why"),
		Cites:       v.textsOf("cites"),
		Of:          v.textOf("of"),
		Above:       v.textOf("bound") == "above",
		Within:      v.textsOf("within"),
		Review:      v.textOf("review"),
		MinEvidence: parseShare(v.textOf("min_evidence")),
		Trait:       v.textOf("trait"),
		Hold:        l.readHold(v.get("hold")),
		Pos:         e.pos,
	}}
	l.lenses[e.key] = d
	l.readForm(d)
	l.readLevels(d)
	d.needs = l.knownOf(d.reads())
	variable.Title = d.d.Title
	variable.Levels = d.d.LevelNames()
	if c, ok := l.s.Trait(d.d.Trait); ok && d.d.Form == dimension.ByTrait {
		variable.Levels = c.Values
	}
	l.levels[e.key] = variable
}

// readForm settles the form and reads scores and points.
func (l *loader) readForm(d *dimensionDraft) {
	v := d.v
	var given []string
	for _, key := range []string{"of", "score", "points", "trait"} {
		if v.entry(key) != nil {
			given = append(given, key)
		}
	}
	if len(given) > 1 {
		l.errorf(v.entry(given[1]).pos, "too_many_keys", "keep one", "dimension %q has both %q and %q", d.d.Name, given[0], given[1])
		l.broken[d.d.Name] = true
	}
	switch {
	case v.entry("of") != nil:
		d.d.Form = dimension.ByBound
	case v.entry("score") != nil:
		d.d.Form = dimension.ByScore
		l.readScore(d)
	case v.entry("points") != nil:
		d.d.Form = dimension.ByPoints
		l.readPoints(d)
	case v.entry("trait") != nil:
		d.d.Form = dimension.ByTrait
	default:
		d.d.Form = dimension.ByRules
	}
}

func (l *loader) readScore(d *dimensionDraft) {
	list := d.v.get("score")
	if list == nil {
		return
	}
	for _, item := range list.items {
		if item.bad {
			continue
		}
		c := dimension.Component{Of: item.textOf("of"), Weight: 1, Pos: item.pos}
		from, okFrom := item.numberOf("from")
		to, okTo := item.numberOf("to")
		c.From, c.To = from, to
		if okFrom && okTo && from == to {
			l.errorf(item.posOf("to"), "empty_span", "", "%q is scored from %v to the same", c.Of, from)
		}
		if w, ok := item.numberOf("weight"); ok {
			c.Weight = w
			if w <= 0 {
				l.errorf(item.posOf("weight"), "wrong_value", "turn from and to round where less is better", "the weight of %q must be more than 0", c.Of)
			}
		}
		d.d.Score = append(d.d.Score, c)
	}
	if len(list.items) == 0 {
		l.errorf(list.pos, "missing_key", "", "the score of dimension %q has no parts", d.d.Name)
	}
}

func (l *loader) readPoints(d *dimensionDraft) {
	list := d.v.get("points")
	if list == nil {
		return
	}
	for _, item := range list.items {
		if item.bad {
			continue
		}
		x, _ := item.numberOf("points")
		d.d.Points = append(d.d.Points, dimension.Point{Points: x, Pos: item.pos})
		d.whens = append(d.whens, item.get("when"))
	}
	if len(list.items) == 0 {
		l.errorf(list.pos, "missing_key", "", "dimension %q gives no points", d.d.Name)
	}
}

// readLevels reads the levels of all forms but ByTrait.
func (l *loader) readLevels(d *dimensionDraft) {
	levels := d.v.get("levels")
	if levels == nil {
		return
	}
	entries := levels.entries
	if d.d.Form != dimension.ByRules && len(entries) < 2 || len(entries) == 0 {
		l.errorf(levels.pos, "missing_key", "", "dimension %q needs at least two levels", d.d.Name)
	}
	for i, e := range entries {
		if e.key == "unknown" {
			l.errorf(e.pos, "reserved_name", "choose another", "a level cannot be called %q: that is where the data is missing", e.key)
		}
		level := dimension.Level{Name: e.key, Title: e.value.textOf("title"), Pos: e.pos}
		if d.d.Form == dimension.ByRules {
			d.whens = append(d.whens, l.levelRule(d, e))
		} else if e.value.bad || !l.readBound(d, &level, e.value) {
			d.uncut[e.key] = true
		} else if i == len(entries)-1 && level.Cut == dimension.Absolute {
			level.Cut = dimension.Lowest
		}
		d.d.Levels = append(d.d.Levels, level)
	}
	if d.d.Form != dimension.ByRules {
		l.checkFall(d)
	}
}

// levelRule returns the condition of a level, nil when there is none.
func (l *loader) levelRule(d *dimensionDraft, e entry) *value {
	switch {
	case e.value.bad:
		return nil
	case e.value.form == scalar && isNumber(e.value):
		l.errorf(e.value.pos, "missing_key", "say of which metric: of: NAME", "level %q of dimension %q is a number, but nothing says of what", e.key, d.d.Name)
		return nil
	case e.value.form == scalar:
		return e.value
	case e.value.get("when") == nil:
		l.errorf(e.value.pos, "missing_key", "bounds go with of, score or points", "level %q of dimension %q needs a condition: when", e.key, d.d.Name)
		return nil
	}
	return e.value.get("when")
}

// readBound reads how a level is cut. It reports whether the bound is usable.
func (l *loader) readBound(d *dimensionDraft, level *dimension.Level, v *value) bool {
	if c := v.get("cumulative"); c != nil {
		level.Cut, level.Bound = dimension.Cumulative, parseShare(c.text)
		return l.checkRelative(d, v)
	}
	if v.form == mapping {
		if v = v.get("bound"); v == nil {
			l.errorf(level.Pos, "missing_key", "", "level %q of dimension %q needs a bound", level.Name, d.d.Name)
			return false
		}
	}
	if x, err := strconv.ParseFloat(v.text, 64); err == nil && numberText.MatchString(v.text) {
		level.Bound = x
		return true
	}
	if figure, ok := strings.CutPrefix(v.text, "p"); ok && percentileText.MatchString(v.text) {
		x, _ := strconv.ParseFloat(figure, 64)
		level.Cut, level.Bound = dimension.Percentile, x/100
		return l.checkRelative(d, v)
	}
	l.errorf(v.pos, "wrong_value", "conditions go without of, score and points", "level %q of dimension %q must be a number, a percentile such as p80 or {cumulative: 80%%}, not %s", level.Name, d.d.Name, v.is())
	return false
}

func (l *loader) checkRelative(d *dimensionDraft, v *value) bool {
	if d.d.Form == dimension.ByBound {
		return true
	}
	l.errorf(v.pos, "wrong_value", "write a number", "the levels of a score or of points have plain bounds")
	return false
}

// checkFall reports bounds that do not fall from level to level. Cumulative
// shares rise: the first 50 % are part of the first 80 %.
func (l *loader) checkFall(d *dimensionDraft) {
	for i := 1; i < len(d.d.Levels); i++ {
		above, level := d.d.Levels[i-1], d.d.Levels[i]
		cut := level.Cut
		if cut == dimension.Lowest {
			cut = dimension.Absolute
		}
		isLast := i == len(d.d.Levels)-1
		switch {
		case d.uncut[above.Name] || d.uncut[level.Name]:
		case cut != above.Cut && !(isLast && level.Cut == dimension.Lowest):
			l.errorf(level.Pos, "mixed_bounds", "", "level %q of dimension %q is cut otherwise than %q", level.Name, d.d.Name, above.Name)
		case cut != above.Cut:
		case cut == dimension.Cumulative && level.Bound <= above.Bound:
			l.errorf(level.Pos, "bounds_order", "the best customers come first", "the share of level %q of dimension %q must be more than that of %q", level.Name, d.d.Name, above.Name)
		case cut != dimension.Cumulative && level.Bound == above.Bound:
			l.errorf(level.Pos, "equal_bounds", "", "level %q of dimension %q has the same bound as %q", level.Name, d.d.Name, above.Name)
		case cut != dimension.Cumulative && level.Bound > above.Bound:
			l.errorf(level.Pos, "bounds_order", "write the highest level first", "the bound of level %q of dimension %q lies above that of %q", level.Name, d.d.Name, above.Name)
		}
	}
	if n := len(d.d.Levels); n > 0 && d.d.Levels[n-1].Cut == dimension.Percentile {
		d.d.Levels[n-1].Cut = dimension.Lowest
	}
}

// reads returns the names that the dimension may depend on.
func (d *dimensionDraft) reads() []string {
	list := append([]string{d.d.Of}, d.d.Within...)
	for _, c := range d.d.Score {
		list = append(list, c.Of)
	}
	for _, when := range d.whens {
		if when != nil {
			list = append(list, reads(when.source())...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// resolveDimension checks what depends on other definitions, which have been
// resolved before.
func (l *loader) resolveDimension(d *dimensionDraft) {
	v := d.v
	switch d.d.Form {
	case dimension.ByBound:
		if of := v.get("of"); of != nil {
			l.isNumber(of.text, of.pos, true)
		}
		l.checkGroups(d.d.Within, v.posOf("within"))
		if len(d.d.Within) > 0 && !d.d.IsRelative() {
			l.errorf(v.posOf("within"), "needs_key", "write percentiles such as p80", "dimension %q has plain bounds, which need no groups", d.d.Name)
		}
		if d.d.Review != "" && !d.d.IsRelative() {
			l.errorf(v.posOf("review"), "needs_key", "write percentiles such as p80", "dimension %q has plain bounds, which need no review", d.d.Name)
		}
	case dimension.ByScore:
		for i, c := range d.d.Score {
			l.isNumber(c.Of, d.v.get("score").items[i].posOf("of"), true)
		}
	case dimension.ByPoints:
		for i := range d.d.Points {
			d.d.Points[i].When = l.compile(l.rules, d.whens[i], rule.TypeBool)
		}
	case dimension.ByRules:
		for i := range d.d.Levels {
			d.d.Levels[i].When = l.compile(l.rules, d.whens[i], rule.TypeBool)
		}
	case dimension.ByTrait:
		l.checkTrait(d)
	}
}

func (l *loader) checkTrait(d *dimensionDraft) {
	c, ok := l.s.Trait(d.d.Trait)
	switch {
	case d.d.Trait == "" || l.broken[d.d.Trait] && !ok:
	case !ok:
		var known []string
		for _, c := range append(l.traits(), l.s.ContactTraits()...) {
			known = append(known, c.Name)
		}
		l.errorf(d.v.posOf("trait"), "unknown_trait", diag.DidYouMean(d.d.Trait, known), "unknown trait %q", d.d.Trait)
	case c.Type == fact.Account || c.Type == fact.Contact:
		l.errorf(d.v.posOf("trait"), "type_mismatch", "", "trait %q is %s and has no levels", c.Name, typeWords[c.Type])
	case c.Type != fact.Text && isOfContact(c.Name):
		l.errorf(d.v.posOf("trait"), "type_mismatch", "write a condition for each level", "trait %q is %s and has no levels", c.Name, typeWords[c.Type])
	case c.Type != fact.Text:
		l.errorf(d.v.posOf("trait"), "type_mismatch", "cut it at bounds: of: "+c.Name, "trait %q is %s and has no levels", c.Name, typeWords[c.Type])
	}
}

// readHold reads the wait before a move.
func (l *loader) readHold(v *value) dimension.Hold {
	if v == nil {
		return dimension.Hold{}
	}
	h := dimension.Hold{
		Up:        readWait(v.get("up")),
		Down:      readWait(v.get("down")),
		Review:    v.textOf("review"),
		GraceDays: v.daysOf("grace"),
		Pos:       v.pos,
	}
	if freeze := v.get("freeze"); freeze != nil {
		h.FreezeFrom, h.FreezeTo = freeze.textOf("from"), freeze.textOf("to")
	}
	if h.Review != "" && l.s.FiscalStart != "01-01" {
		h.YearStarts = l.s.FiscalStart
	}
	return h
}

func readWait(v *value) dimension.Wait {
	if v == nil {
		return dimension.Wait{}
	}
	w := dimension.Wait{ConfirmDays: v.daysOf("confirm"), DwellDays: v.daysOf("dwell")}
	margin := v.textOf("margin")
	w.MarginShare = strings.HasSuffix(margin, "%")
	if w.MarginShare {
		w.Margin = parseShare(margin)
	} else {
		w.Margin, _ = strconv.ParseFloat("0"+margin, 64)
	}
	return w
}
