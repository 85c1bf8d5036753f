package fact

import "strings"

// monthNames are the names of the months in English, German, French, Spanish,
// Italian, Dutch and Portuguese, and how they are shortened. No name means two
// months.
var monthNames = [12]string{
	"january jan januar jänner jaenner jän janvier janv enero ene gennaio gen januari janeiro",
	"february feb februar feber février fevrier févr fevr fév fev febrero febbraio februari fevereiro",
	"march mar märz maerz mär mrz mars marzo maart mrt março marco",
	"april apr avril avr abril abr aprile",
	"may mai mayo maggio mag mei maio",
	"june jun juni juin junio giugno giu junho",
	"july jul juli juillet juil julio luglio lug julho",
	"august aug août aout agosto ago augustus",
	"september sep sept septembre septiembre settembre set setembro",
	"october oct oktober okt octobre octubre ottobre ott outubro out",
	"november nov novembre noviembre novembro",
	"december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro",
}

// monthOf tells the months by their names in small letters.
var monthOf = func() map[string]int {
	months := map[string]int{}
	for i, names := range monthNames {
		for _, name := range strings.Fields(names) {
			months[name] = i + 1
		}
	}
	return months
}()

// monthName takes the name of a month, in full or shortened, in small letters or
// capitals.
func (r *reader) monthName() int {
	word := leadingLetters(string(r.text))
	month, ok := monthOf[strings.ToLower(word)]
	if !ok {
		r.bad = true
		return 0
	}
	r.text = r.text[len(word):]
	return month
}
