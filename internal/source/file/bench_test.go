package file_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/segue-cs/segue/internal/source/file"
)

const benchRows = 500_000

// eventRows are rows of eight fields as an export of events has them.
func eventRows(format string) []byte {
	var b bytes.Buffer
	b.WriteString("event_id,account,contact,event,at,feature,count,note\n")
	for i := range benchRows {
		fmt.Fprintf(&b, format, i, i%5000, i%40_000, i%28+1, i%60, i%17, i%9)
	}
	return b.Bytes()
}

func BenchmarkRead(b *testing.B) {
	plain := eventRows("%d,acc-%05d,user%d@example.com,login,2026-02-%02dT10:%02d:00Z,feature_%d,%d,\n")
	quoted := eventRows("\"%d\",\"acc-%05d\",\"user%d@example.com\",\"login\",\"2026-02-%02dT10:%02d:00Z\",\"feature_%d\",\"%d\",\"\"\n")
	var json bytes.Buffer
	for i := range benchRows {
		fmt.Fprintf(&json, `{"event_id":%d,"account":"acc-%05d","contact":"user%d@example.com","event":"login","at":"2026-02-%02dT10:%02d:00Z","properties":{"feature":"feature_%d","count":%d},"note":null}`+"\n",
			i, i%5000, i%40_000, i%28+1, i%60, i%17, i%9)
	}
	tests := []struct {
		name string
		text []byte
	}{
		{"plain.csv", plain},
		{"quoted.csv", quoted},
		{"zipped.csv.gz", []byte(zipped(b, string(plain)))},
		{"events.ndjson", json.Bytes()},
	}
	for _, tt := range tests {
		path := filepath.Join(b.TempDir(), tt.name)
		if err := os.WriteFile(path, tt.text, 0o600); err != nil {
			b.Fatal(err)
		}
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(tt.text)))
			for b.Loop() {
				if got := readAll(b, path); got != benchRows {
					b.Fatalf("got %d rows, want %d", got, benchRows)
				}
			}
			b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// readAll returns the number of rows.
func readAll(b *testing.B, path string) int {
	r, err := file.Open(path, file.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	for n := 0; ; n++ {
		if _, err := r.Next(); err == io.EOF {
			return n
		} else if err != nil {
			b.Fatal(err)
		}
	}
}
