package suggest_test

import (
	"strings"
	"testing"
)

const ratings = "How likely are you to recommend us?,How satisfied are you with support?,How satisfied are you with the product?"

// A survey that names nobody is called what it is.
func TestProposeSurveyOfNobody(t *testing.T) {
	t.Parallel()
	p := propose(t, nil, tableOf("accounts.csv", accountsFile), tableOf("survey.csv", ratings+"\n9,8,7\n3,5,6\n10,10,9"))
	want := "it is a survey (3 questions), and no column says who answered: export it with the respondent's id, company or e-mail address"
	if len(p.Skipped) != 1 || p.Skipped[0].Why != want {
		t.Errorf("got %+v", p.Skipped)
	}
}

// Two surveys of two years are asked about one by one.
func TestProposeSurveysOfTwoYears(t *testing.T) {
	t.Parallel()
	first := tableOf("survey_2024.csv", "Company,"+ratings+"\nA1,9,8,7\nA2,3,5,6\nA3,10,10,9")
	second := tableOf("survey_2025.csv", "Company,Wave,"+ratings+"\nA1,x,9,8,7\nA2,x,3,5,6\nA3,x,10,10,9")
	p := propose(t, map[string]string{"asked.survey_2025": "2025-06-30"}, tableOf("accounts.csv", accountsFile), first, second)
	var asked, read []string
	for _, q := range p.Questions {
		asked = append(asked, q.Key+"="+q.Answer)
	}
	for _, s := range p.Sources {
		read = append(read, s.Name)
	}
	if got, want := strings.Join(asked, " "), "asked.survey= asked.survey_2025=2025-06-30"; got != want {
		t.Errorf("asked: got %s, want %s", got, want)
	}
	if got, want := strings.Join(read, " "), "accounts survey_2025_nps survey_2025_answers"; got != want {
		t.Errorf("read: got %s, want %s", got, want)
	}
}

// What is answered in words is no list for a semicolon in it, and a long
// question gives a short name.
func TestProposeListsOfAnswers(t *testing.T) {
	t.Parallel()
	const parts = "Which parts of the product do you and your colleagues use every day?"
	p := propose(t, nil, tableOf("accounts.csv", accountsFile), tableOf("survey.csv", "Company,Date,"+ratings+","+parts+",Other (please specify)"+`
A1,2026-01-31,9,8,7,Mail;Chat;,"Nothing; all well"
A2,2026-01-31,3,5,6,Chat;,Too slow
A3,2026-01-31,10,10,9,Mail;Phone;,More of it
A4,2026-01-31,10,10,9,Mail;,None at all
A4,2026-02-28,10,10,9,Mail;,Colours`))
	var read []string
	for _, s := range p.Sources {
		read = append(read, s.Name)
	}
	if got, want := strings.Join(read, " "), "accounts survey_nps survey_answers survey_which_parts_of_the_product_do_you_and"; got != want {
		t.Errorf("read: got %s, want %s", got, want)
	}
}

// One score up to 10 with a comment is a survey of who would recommend us,
// whatever stands between the parts of the comment.
func TestProposeOneScore(t *testing.T) {
	t.Parallel()
	p := propose(t, nil, tableOf("accounts.csv", accountsFile), tableOf("delighted_responses.csv", "Email,Score,Comment,Responded At\n"+
		"a@a1.com,9,great; really,2026-02-03 10:00:00 UTC\nb@a2.com,10,,2026-02-04 10:00:00 UTC\nc@a1.com,3,slow; dear,2026-02-05 10:00:00 UTC"))
	s, ok := p.Source("response")
	kind, _ := s.Binding("kind")
	score, _ := s.Binding("score")
	if !ok || kind.Value != "nps" || score.From != "Score" || s.Split != nil || s.Unpivot != nil {
		t.Errorf("got %s", p.YAML())
	}
}
