package pipeline_test

import (
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/pipeline"
)

// Facts that are told apart by the day they start on are known again whenever
// they are imported, and a day corrected makes another one.
func TestImportReadingsAgain(t *testing.T) {
	t.Parallel()
	const strategy = `
name: test
currency: USD
timezone: UTC
facts:
  stay:
    timing: term
    coverage: flow
    key: [account, starts]
    columns:
      account: {type: account, required: true}
      starts: {type: date, required: true}
      nights: {type: number}
sources:
  readings: {files: readings.csv, fact: reading, columns: {account: who, name: what, starts: day, value: n}}
  stays: {files: stays.csv, fact: stay, columns: {account: who, starts: day, nights: n}}
segmentations:
  all: {segments: {everybody: 'true'}}
`
	type counts struct{ loaded, unchanged, corrected, repeated int64 }
	tests := []struct {
		source        string
		first, second string
		want          counts
	}{
		{
			"readings", "who,what,day,n\na,seats,2026-01-01,1\na,seats,2026-01-02,2\nb,seats,2026-03-01,3\n",
			"who,what,day,n\na,seats,2026-01-02,2\nb,seats,2026-03-01,4\nb,seats,2026-04-01,5\nb,seats,2026-04-01,5\n",
			counts{loaded: 1, unchanged: 1, corrected: 1, repeated: 1},
		},
		{"stays", "who,day,n\na,2026-01-01,1\nb,2026-02-01,3\n", "who,day,n\na,2026-01-01,1\na,2026-02-01,3\nb,2026-02-01,4\n", counts{loaded: 1, unchanged: 1, corrected: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.source, func(t *testing.T) {
			t.Parallel()
			im := newImporter(t, strategy, map[string]string{tt.source + ".csv": tt.first})
			im.load(t, tt.source)
			im.write(t, tt.source+".csv", tt.second)
			request := im.request(tt.source)
			request.Now = importedAt.Add(72 * time.Hour)
			report, err := im.Import(t.Context(), request, func(pipeline.ImportProgress) {})
			if err != nil {
				t.Fatal(err)
			}
			reconcile(t, report)
			s := report.Sources[0]
			if got := (counts{s.Loaded, s.Unchanged, s.Corrected, s.Repeated}); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}
