package pipeline_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

// BenchmarkImportEvents imports a million rows of usage into an empty store,
// and then the same rows again.
func BenchmarkImportEvents(b *testing.B) {
	const rows = 1_000_000
	var text bytes.Buffer
	text.WriteString("customer,at,what,n\n")
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range rows {
		at = at.Add(7 * time.Second)
		fmt.Fprintf(&text, "a%d,%s,feature %d,%d\n", i*7919%50_000, at.Format(time.RFC3339), i%40, i%9)
	}
	for b.Loop() {
		im := newImporter(b, importStrategy, map[string]string{"usage.csv": text.String()})
		for _, what := range []string{"new", "unchanged"} {
			begun := time.Now()
			im.load(b, "usage")
			b.ReportMetric(rows/time.Since(begun).Seconds(), what+"-rows/s")
		}
	}
}
