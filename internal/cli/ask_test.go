package cli_test

import (
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/cli"
	"github.com/segue-cs/segue/internal/suggest"
)

var perWhat = suggest.Question{
	Key: "amount.contracts", Text: "Is \"Amount\" what a customer pays a year or a month?",
	Choices: []suggest.Choice{{Answer: "year", Means: "it is what a year costs"}, {Answer: "month", Means: "it is what a month costs"}},
}

func TestAsk(t *testing.T) {
	t.Parallel()
	preset, open := perWhat, suggest.Question{Key: "csms", Text: "How many?"}
	preset.Preset = "month"
	tests := []struct {
		name   string
		q      suggest.Question
		typed  string
		want   string
		asked  int
		prompt string
	}{
		{"an answer", perWhat, "year\n", "year", 1, "year / month> "},
		{"spaces around it, and no line end", perWhat, "  month ", "month", 1, "year / month> "},
		{"asked again after what is no choice", perWhat, "weekly\n\nyear\n", "year", 3, "year / month> "},
		{"enter takes what is proposed", preset, "\n", "month", 1, "year / month [month]> "},
		{"another than what is proposed", preset, "year\n", "year", 1, "year / month [month]> "},
		{"any text where there are no choices", open, "12\n", "12", 1, "> "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var screen strings.Builder
			got, err := cli.Ask(tt.typed, &screen, tt.q)
			if err != nil || got != tt.want {
				t.Errorf("got %q (%v), want %q", got, err, tt.want)
			}
			if n := strings.Count(screen.String(), tt.prompt); n != tt.asked {
				t.Errorf("got the prompt %q %d times, want %d:\n%s", tt.prompt, n, tt.asked, screen.String())
			}
			for _, c := range tt.q.Choices {
				if !strings.Contains(screen.String(), "  "+c.Answer+": "+c.Means) {
					t.Errorf("%q does not say what %s means", screen.String(), c.Answer)
				}
			}
		})
	}
}

func TestAskEndsWithTheInput(t *testing.T) {
	t.Parallel()
	_, err := cli.Ask("weekly", &strings.Builder{}, perWhat)
	if err == nil || !strings.Contains(err.Error(), "amount.contracts has no answer") {
		t.Errorf("got %v, want that it has no answer", err)
	}
}

func TestAskCSMs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		typed string
		want  int64
		fails bool
	}{{"5\n", 5, false}, {"\n", 0, false}, {"0\n", 0, true}, {"some\n", 0, true}}
	for _, tt := range tests {
		got, err := cli.AskCSMs(tt.typed, &strings.Builder{})
		if got != tt.want || (err != nil) != tt.fails {
			t.Errorf("%q: got %d (%v), want %d", tt.typed, got, err, tt.want)
		}
	}
}
