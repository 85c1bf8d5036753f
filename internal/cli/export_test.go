package cli

import (
	"bufio"
	"io"
	"strings"

	"github.com/segue-cs/segue/internal/suggest"
)

// Ask asks a question of somebody who types, and returns the answer.
func Ask(typed string, screen io.Writer, q suggest.Question) (string, error) {
	return (&app{out: screen}).question(bufio.NewReader(strings.NewReader(typed)), q)
}

// AskCSMs asks how many CSMs there are, as init does.
func AskCSMs(typed string, screen io.Writer) (int64, error) {
	n := initiating{app: &app{out: screen}, work: &suggesting{ask: true, input: bufio.NewReader(strings.NewReader(typed))}}
	err := n.howManyCSMs()
	return n.csms, err
}
