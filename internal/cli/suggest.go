package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/suggest"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

// suggesting is a proposal under way: from files to a written sources.yaml.
type suggesting struct {
	files   []string // as given
	outside []string // of them: not in the project
	request pipeline.SuggestRequest
	tables  []suggest.Table
	bad     []suggest.Skipped
	ask     bool // somebody answers
	input   *bufio.Reader

	report pipeline.SuggestReport
}

// suggestAnswer is what import --suggest says as JSON.
type suggestAnswer struct {
	pipeline.SuggestReport

	Written []string `json:"written"`
	Copied  []string `json:"copied,omitempty"`
}

// suggest proposes how files become facts, and writes it into the project.
func (a *app) suggest(ctx context.Context, given []string, answers map[string]string, copyFiles bool) error {
	if len(given) == 0 {
		return misuseError{errors.New("import --suggest needs to know which files, or which folder of files")}
	}
	s, err := a.profile(ctx, given, answers)
	if err != nil {
		return err
	}
	if err := a.settle(s); err != nil {
		return err
	}
	answer := suggestAnswer{SuggestReport: s.report, Written: []string{}}
	if open := s.report.Open(); len(open) == 0 {
		if answer.Written, err = pipeline.WriteProposal(a.project, s.report.Proposal, pipeline.HasStrategy(a.project)); err != nil {
			return err
		}
		if copyFiles {
			if answer.Copied, err = pipeline.CopyExports(a.project, s.outside, s.request.Names, false); err != nil {
				return err
			}
		}
	}
	if err := a.answer(answer, func() { a.showSuggestion(s, answer, copyFiles) }); err != nil {
		return err
	}
	if len(s.report.Open()) > 0 {
		return fmt.Errorf("%w; nothing was written", pipeline.ErrOpenQuestions)
	}
	if n := len(answer.Unreadable); n > 0 && len(answer.Sources) == 0 {
		return fmt.Errorf("%s cannot be read, and nothing was written", plural(n, "file"))
	}
	return nil
}

// profile finds the files and reads them.
func (a *app) profile(ctx context.Context, given []string, answers map[string]string) (*suggesting, error) {
	s := &suggesting{ask: a.asks(), input: bufio.NewReader(a.in)}
	for _, name := range given {
		info, err := os.Stat(name)
		switch {
		case err != nil:
			return nil, fmt.Errorf("look at %q: there is no such file or folder", name)
		case info.IsDir():
			found, err := pipeline.Exports(name)
			if err != nil {
				return nil, err
			}
			s.files = append(s.files, found...)
		default:
			s.files = append(s.files, name)
		}
	}
	slices.Sort(s.files)
	s.files = slices.Compact(s.files)
	var err error
	s.request = pipeline.SuggestRequest{Root: a.project, Files: s.files, Answers: map[string]string{}, Parquet: duckdb.OpenParquet}
	for key, value := range answers {
		s.request.Answers[key] = value
	}
	if pipeline.HasStrategy(a.project) {
		if s.request.Strategy, _, err = a.strategy(); err != nil {
			return nil, fmt.Errorf("%w\nthe strategy that is in %s must be right before anything is added to it", err, filepath.Clean(a.project))
		}
	} else if _, found, err := a.strategy(); slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return d.Code == "several_strategies" }) {
		return nil, err
	}
	if s.request.Names, s.outside, err = pipeline.NameExports(a.project, s.files); err != nil {
		return nil, err
	}
	show := func(p pipeline.SuggestProgress) {
		if isTerminal(a.err) && !a.json {
			fmt.Fprintf(a.err, "\r\x1b[Kreading %s (%d of %d)", filepath.Base(p.File), p.N, p.Of)
		}
	}
	s.tables, s.bad, err = pipeline.Profiles(ctx, s.request, show)
	if isTerminal(a.err) && !a.json {
		_, _ = io.WriteString(a.err, "\r\x1b[K")
	}
	return s, err
}

// asks reports whether somebody can be asked.
func (a *app) asks() bool {
	f, ok := a.in.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && isTerminal(a.out) && !a.json
}

// settle makes the proposal, and asks what nobody else knows until it is known.
func (a *app) settle(s *suggesting) error {
	for {
		var err error
		if s.report, err = pipeline.Suggest(s.request, s.tables, s.bad); err != nil {
			return misuseError{err}
		}
		if !s.ask {
			return nil
		}
		asked := false
		for _, q := range s.report.Questions {
			if q.Answer != "" {
				continue
			}
			answer, err := a.question(s.input, q)
			if err != nil {
				return err
			}
			s.request.Answers[q.Key] = answer
			asked = true
		}
		if !asked {
			return nil
		}
	}
}

// question asks one question until it has an answer.
func (a *app) question(in *bufio.Reader, q suggest.Question) (string, error) {
	for {
		fmt.Fprintln(a.out, q.Text)
		var choices []string
		for _, c := range q.Choices {
			choices = append(choices, c.Answer)
			fmt.Fprintf(a.out, "  %s: %s\n", c.Answer, c.Means)
		}
		prompt := strings.Join(choices, " / ")
		if q.Preset != "" {
			prompt = strings.TrimSpace(prompt + " [" + q.Preset + "]")
		}
		fmt.Fprint(a.out, prompt+"> ")
		line, err := in.ReadString('\n')
		answer := strings.TrimSpace(line)
		if answer == "" {
			answer = q.Preset
		}
		if answer != "" && (len(choices) == 0 || slices.Contains(choices, answer)) {
			fmt.Fprintln(a.out)
			return answer, nil
		}
		if err != nil {
			return "", fmt.Errorf("%s has no answer: %w", q.Key, err)
		}
	}
}

func (a *app) showSuggestion(s *suggesting, done suggestAnswer, copied bool) {
	a.lines(done.Lines()[min(1, len(done.Lines())):])
	for _, u := range done.Unreadable {
		fmt.Fprintf(a.out, "\n%s cannot be read: %s\n", u.Table, u.Why)
	}
	for _, n := range done.Notes {
		a.warn(n)
	}
	a.showQuestions(done.Questions, "segue import --suggest FILES")
	if len(done.Open()) > 0 {
		return
	}
	if len(done.Sources) == 0 {
		fmt.Fprintln(a.out, "\nNothing was written: no file holds anything that is not read already.")
		return
	}
	fmt.Fprintf(a.out, "\nWritten: %s. Read it and change what is wrong.\n", strings.Join(done.Written, ", "))
	if len(s.outside) > 0 && !copied {
		fmt.Fprintf(a.out, "The files lie outside of the project, and are expected in %s: copy them there, or call this again with --copy.\n",
			filepath.Join(a.project, "exports"))
	}
	fmt.Fprintf(a.out, "What to do next: %s import\n", a.call())
}

// showQuestions says what was assumed, and what must be said.
func (a *app) showQuestions(questions []suggest.Question, call string) {
	for _, q := range questions {
		switch {
		case q.Answer != "":
		case q.Preset != "":
			fmt.Fprintf(a.out, "\n%s\n  %s is assumed; --answers %s=%s says otherwise\n", q.Text, q.Preset, q.Key, otherAnswers(q))
		default:
			fmt.Fprintf(a.out, "\n%s\n", q.Text)
			for _, c := range q.Choices {
				fmt.Fprintf(a.out, "  --answers %s=%s  %s\n", q.Key, c.Answer, c.Means)
			}
			fmt.Fprintf(a.out, "Say it with: %s --answers %s=%s\n", call, q.Key, q.Choices[0].Answer)
		}
	}
}

// otherAnswers names what else a question can be answered with, for a person to
// pick one.
func otherAnswers(q suggest.Question) string {
	var others []string
	for _, c := range q.Choices {
		if c.Answer != q.Preset {
			others = append(others, c.Answer)
		}
	}
	switch len(others) {
	case 0:
		return "OTHER"
	case 1:
		return others[0]
	}
	return others[0] + " (or " + strings.Join(others[1:], ", ") + ")"
}
