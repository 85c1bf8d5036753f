package suggest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
)

// checkKind refuses an answer that is no kind a file can be read as.
func (p *proposing) checkKind(file string) error {
	kinds := append(sortedKeys(p.Words), "none")
	kind := p.answer("kind." + file)
	if kind == "" || slices.Contains(kinds, kind) {
		return nil
	}
	err := fmt.Errorf("the answer kind.%s=%s is none of %s", file, kind, strings.Join(kinds, ", "))
	if hint := diag.DidYouMean(kind, kinds); hint != "" {
		err = fmt.Errorf("%w (%s)", err, hint)
	}
	return err
}
