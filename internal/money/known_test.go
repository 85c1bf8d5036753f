package money_test

import (
	"testing"

	"github.com/segue-cs/segue/internal/money"
)

func TestIsKnown(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{"USD": true, "AED": true, "ZWG": true, "CLI": false, "ACC": false, "D E": false, "ED ": false, "usd": false, "": false, "US": false} {
		if got := money.IsKnown(code); got != want {
			t.Errorf("%q: got %v, want %v", code, got, want)
		}
	}
}
