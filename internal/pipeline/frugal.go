package pipeline

import (
	"os"
	"runtime/debug"
)

// frugalGrowth is how many per cent of what is in use may come on top of it.
const frugalGrowth = 10

// Frugal makes this process collect what is no longer in use sooner than usual,
// until it ends. An import holds large tables of numbers, in which there is
// nothing for the collector to look into: collecting often costs little, and
// saves as much memory again. GOGC, where it is set, decides.
func Frugal() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(frugalGrowth)
	}
}
