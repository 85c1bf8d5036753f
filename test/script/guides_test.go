package script_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestGuides runs the commands of docs/guide, each page in a folder of its own
// and from top to bottom. Of the blocks between ``` marks
//
//   - one marked console holds commands behind "$ ", which must succeed, and
//     lines that they show, in this order; other lines may stand between them,
//     and "..." says so to the reader,
//   - one marked with a kind and a name, such as yaml metrics.yaml, is a file,
//     which is written when its turn comes,
//   - any other is for the eye.
func TestGuides(t *testing.T) {
	pages, err := filepath.Glob("../../docs/guide/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("got the pages %v (%v), want some", pages, err)
	}
	var files []string
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		script, commands := guideScript(string(text))
		if commands == 0 {
			t.Errorf("%s has no command that is run", page)
		}
		file := filepath.Join(t.TempDir(), strings.TrimSuffix(filepath.Base(page), ".md")+".txtar")
		if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	testscript.Run(t, testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv(todayVariable, today)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"shows": shows},
	})
}

// guideScript turns a page into a script, and counts its commands.
func guideScript(page string) (script string, commands int) {
	var steps, files strings.Builder
	attach := func(text string) string {
		name := fmt.Sprintf("guide-block-%d", strings.Count(files.String(), "\n-- ")+1)
		fmt.Fprintf(&files, "\n-- %s --\n%s\n", name, strings.TrimRight(text, "\n"))
		return "$WORK/" + name
	}
	for _, b := range blocksOf(page) {
		switch {
		case b.kind == "console":
			for _, part := range strings.Split("\n"+b.text, "\n$ ")[1:] {
				command, shown, _ := strings.Cut(part, "\n")
				commands++
				if folder, ok := strings.CutPrefix(command, "cd "); ok {
					fmt.Fprintf(&steps, "cd %s\n", folder)
					continue
				}
				fmt.Fprintf(&steps, "exec %s\n", command)
				if strings.TrimSpace(shown) != "" {
					fmt.Fprintf(&steps, "shows %s\n", attach(shown))
				}
			}
		case b.file != "":
			if folder := filepath.Dir(b.file); folder != "." {
				fmt.Fprintf(&steps, "mkdir %s\n", folder)
			}
			fmt.Fprintf(&steps, "cp %s %s\n", attach(b.text), b.file)
		}
	}
	return steps.String() + files.String(), commands
}

// block is a text between ``` marks.
type block struct{ kind, file, text string }

func blocksOf(page string) []block {
	var list []block
	var open *block
	for _, line := range strings.Split(page, "\n") {
		mark, isMark := strings.CutPrefix(line, "```")
		switch {
		case isMark && open == nil:
			kind, file, _ := strings.Cut(mark, " ")
			open = &block{kind: kind, file: file}
		case isMark:
			list, open = append(list, *open), nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	return list
}

// shows checks that the output has these lines in this order, spaces at the
// ends aside: shows FILE
func shows(ts *testscript.TestScript, _ bool, args []string) {
	out := strings.Split(ts.ReadFile("stdout"), "\n")
	at := 0
	for _, want := range strings.Split(ts.ReadFile(args[0]), "\n") {
		want = strings.TrimSpace(want)
		if want == "" || want == "..." {
			continue
		}
		for at < len(out) && strings.TrimSpace(out[at]) != want {
			at++
		}
		if at == len(out) {
			ts.Fatalf("the page shows %q, and the command does not, or not there", want)
		}
		at++
	}
}

func TestGuideScript(t *testing.T) {
	t.Parallel()
	page := "Text\n```yaml a.yaml\nname: x\n```\nMore\n```console\n$ segue lint\nStrategy x\n...\n$ cd base\n$ segue run\n```\n```yaml\nkept: for the eye\n```\n"
	got, commands := guideScript(page)
	want := "cp $WORK/guide-block-1 a.yaml\nexec segue lint\nshows $WORK/guide-block-2\ncd base\nexec segue run\n" +
		"\n-- guide-block-1 --\nname: x\n\n-- guide-block-2 --\nStrategy x\n...\n"
	if got != want || commands != 3 {
		t.Errorf("got %d commands, want 3:\n%s\nwant\n%s", commands, got, want)
	}
}
