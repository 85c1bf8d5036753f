// Package script_test runs the command as its users do. Each .txtar file beside
// this one is a session on one topic, with the files that it works on.
package script_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/segue-cs/segue/internal/cli"
	"github.com/segue-cs/segue/internal/state/sqlite"
)

var update = flag.Bool("update", false, "rewrite what the scripts expect on the screen")

// today is the day of every script that names no other, in todayVariable.
const (
	todayVariable = "SEGUE_TEST_TODAY"
	today         = "2026-06-30"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"segue": func() { os.Exit(segue()) },
		"hold":  func() { os.Exit(hold(os.Args[1])) },
	})
}

// segue is the command, on the day of the script.
func segue() int {
	now := time.Now
	if day, err := time.Parse(time.DateOnly, os.Getenv(todayVariable)); err == nil {
		now = func() time.Time { return day.Add(12 * time.Hour) }
	}
	return cli.MainAt(now, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

// hold keeps a data folder as a long import would, until it is interrupted.
func hold(folder string) int {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	lock, err := sqlite.Lock(folder, "segue import", time.Now())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	<-interrupted
	if err := lock.Release(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 ".",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv(todayVariable, today)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"gzip":     compress,
			"truncate": truncate,
			"bigcell":  bigCell,
			"await":    await,
			"valid":    validJSON,
			"exits":    exits,
			"infiles":  inFiles,
			"garble":   garble,
			"workbook": workbook,
		},
	})
}

func read(ts *testscript.TestScript, name string) []byte {
	return []byte(ts.ReadFile(name))
}

func write(ts *testscript.TestScript, name string, text []byte) {
	ts.Check(os.WriteFile(ts.MkAbs(name), text, 0o644))
}

// compress writes FILE.gz: gzip FILE
func compress(ts *testscript.TestScript, _ bool, args []string) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(read(ts, args[0]))
	ts.Check(err)
	ts.Check(w.Close())
	write(ts, args[0]+".gz", packed.Bytes())
}

// truncate keeps the first percent of a file: truncate FILE PERCENT
func truncate(ts *testscript.TestScript, _ bool, args []string) {
	text := read(ts, args[0])
	percent, err := strconv.Atoi(args[1])
	ts.Check(err)
	write(ts, args[0], text[:len(text)*percent/100])
}

// bigCell puts a cell of so many megabytes in the place of @BIG@:
// bigcell FILE MEGABYTES
func bigCell(ts *testscript.TestScript, _ bool, args []string) {
	megabytes, err := strconv.Atoi(args[1])
	ts.Check(err)
	cell := bytes.Repeat([]byte("x"), megabytes<<20)
	write(ts, args[0], bytes.ReplaceAll(read(ts, args[0]), []byte("@BIG@"), cell))
}

// await waits until a file is there and is not empty: await FILE
func await(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if info, err := os.Stat(ts.MkAbs(args[0])); err == nil && info.Size() > 0 {
			return
		}
	}
	ts.Fatalf("%s did not appear", args[0])
}

// validJSON checks that the output is one JSON document that has these keys,
// and is laid out for people: valid KEY ...
func validJSON(ts *testscript.TestScript, _ bool, args []string) {
	out := ts.ReadFile("stdout")
	var doc map[string]any
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		ts.Fatalf("the output is not JSON: %v\n%s", err, out)
	}
	for _, key := range args {
		if _, ok := doc[key]; !ok {
			ts.Fatalf("the answer has no %q:\n%s", key, out)
		}
	}
	if !strings.Contains(out, "\n  \"") {
		ts.Fatalf("the answer is not indented:\n%s", out)
	}
}

// exits checks the exit code of a command: exits CODE COMMAND ARGUMENT ...
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s: got exit code %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// inFiles checks that some file of the data folder, rejected rows aside, holds
// a text: infiles TEXT
func inFiles(ts *testscript.TestScript, neg bool, args []string) {
	found := ""
	ts.Check(filepath.WalkDir(ts.MkAbs(".segue"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte(args[0])) {
			found = path
		}
		return err
	}))
	if neg != (found == "") {
		ts.Fatalf("%q in the data folder: found in %q", args[0], found)
	}
}

// garble copies a file with nonsense in all but its first bytes: garble FROM TO
func garble(ts *testscript.TestScript, _ bool, args []string) {
	const head = 12
	text := read(ts, args[0])
	for i := head; i < len(text); i++ {
		text[i] = byte(i * 7)
	}
	write(ts, args[1], text)
}
