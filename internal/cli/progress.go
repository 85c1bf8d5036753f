package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/segue-cs/segue/internal/pipeline"
)

// progress returns a function that shows how far an import is, on a terminal
// only, and one that clears it away.
func (a *app) progress() (show func(pipeline.ImportProgress), finish func()) {
	if a.json || !isTerminal(a.err) {
		return nil, func() {}
	}
	bar := progressbar.NewOptions64(-1, progressbar.OptionSetWriter(a.err), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionShowBytes(true), progressbar.OptionSetWidth(30),
		progressbar.OptionSetRenderBlankState(false))
	show = func(p pipeline.ImportProgress) {
		if p.Total > 0 && bar.GetMax64() != p.Total {
			bar.ChangeMax64(p.Total)
		}
		bar.Describe(fmt.Sprintf("%s: %s rows", p.Source, count(p.Rows)))
		_ = bar.Set64(p.Read)
	}
	return show, func() {
		_ = bar.Finish()
		_, _ = io.WriteString(a.err, "\r\x1b[K")
	}
}
