package suggest

import (
	"fmt"
	"regexp"
	"strings"
)

// scale is what the numbers of a column are to be multiplied by, as its name
// says: "Revenue ($M)".
type scale struct {
	factor   int64
	word     string // thousands
	currency string // beside it; "" is none
	rest     string // the name without it
}

var (
	bracketed = regexp.MustCompile(`(?i)^(.*?)\s*[\(\[]\s*(?:in\s+)?([$€£]|us\$|usd|eur|gbp|chf)?\s*('?000'?s?|k|t|m|mm|mn|mio\.?|millions?|millionen|thousands?|tsd\.?|bn|b|mrd\.?|billions?)\s*(?:of\s+)?([$€£]|us\$|usd|eur|gbp|chf|us dollars|dollars|euros?)?\s*[\)\]]\s*$`)
	trailing  = regexp.MustCompile(`(?i)^(.*?)[\s_,-]+in[\s_]+([$€£]|usd|eur|gbp|chf)?[\s_]*(k|millions?|millionen|mio|thousands?|tsd|billions?|mrd)[\s_]*(?:of[\s_]+)?([$€£]|usd|eur|gbp|chf)?$`)
)

// scaleOf reads the name of a column; ok is false where it names no scale.
func scaleOf(name string) (s scale, ok bool) {
	parts := bracketed.FindStringSubmatch(name)
	if parts == nil {
		if parts = trailing.FindStringSubmatch(name); parts == nil {
			return s, false
		}
	}
	s.rest = strings.TrimSpace(parts[1])
	for _, sign := range []string{parts[2], parts[4]} {
		if code := currencySigns[strings.ToLower(sign)]; code != "" {
			s.currency = code
		}
	}
	switch unit := strings.Trim(strings.ToLower(parts[3]), ".'"); {
	case strings.HasPrefix(unit, "000") || unit == "k" || unit == "t" || strings.HasPrefix(unit, "th") || unit == "tsd":
		s.factor, s.word = 1_000, "thousands"
	case strings.HasPrefix(unit, "b") || unit == "mrd":
		s.factor, s.word = 1_000_000_000, "billions"
	default:
		s.factor, s.word = 1_000_000, "millions"
	}
	// A letter alone can be months or tonnes: it counts beside money only.
	isLetter := len(parts[3]) == 1 && !strings.EqualFold(parts[3], "k")
	return s, s.rest != "" && (!isLetter || s.currency != "" || isMoneyName(s.rest))
}

var currencySigns = map[string]string{
	"$": "USD", "us$": "USD", "usd": "USD", "us dollars": "USD", "dollars": "USD", "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
	"£": "GBP", "gbp": "GBP", "chf": "CHF",
}

func isMoneyName(name string) bool {
	k, err := known()
	return err == nil && namesAny(name, k.vocabulary.Money)
}

// withoutScale returns the name of a column without what it says of a scale, or
// of cents.
func withoutScale(name string) string {
	if s, ok := scaleOf(name); ok {
		return s.rest
	}
	if rest, ok := centsOf(name); ok {
		return rest
	}
	return name
}

// scaled makes whole numbers of a column that its name says is in thousands or
// millions.
func (b *binding) scaled(n *Binding, c Column) {
	s, ok := scaleOf(c.Name)
	if !ok || n.From == "" {
		return
	}
	n.Is = fmt.Sprintf("number(%s) * %d", rowName(n.From), s.factor)
	n.From = ""
	b.sayScale(n, c, s)
}

func (b *binding) sayScale(n *Binding, c Column, s scale) {
	n.Why += "; the name says " + s.word
	b.g.notes = append(b.g.notes, fmt.Sprintf("%s: %q is taken to be in %s, as its name says: %s becomes %s",
		b.g.Name, c.Name, s.word, figure(c.Numbers.Max), figure(c.Numbers.Max*float64(s.factor))))
}

// times multiplies a formula over a column by what the column's name says.
func (b *binding) times(n *Binding, c Column) {
	if s, ok := scaleOf(c.Name); ok {
		n.Is += fmt.Sprintf(" * %d", s.factor)
		b.sayScale(n, c, s)
	}
}
