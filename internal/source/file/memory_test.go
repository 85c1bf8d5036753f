package file_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/segue-cs/segue/internal/source"
	"github.com/segue-cs/segue/internal/source/file"
)

// A file of 200 MB, compressed so that it is quickly there, is read in memory
// that the longest cell bounds.
func TestMemory(t *testing.T) {
	const size, limit = 200 << 20, 16 << 20
	line := strings.Repeat("12345678,", 9) + "1234567\n"
	header := "a,b,c,d,e,f,g,h,i,j\n"
	tests := []struct {
		name, fileName, start, block string
		wantRows, wantRefused        int
	}{
		{"rows", "x.csv.gz", header, strings.Repeat(line, 1<<20/len(line)), 200 * (1 << 20 / len(line)), 0},
		{"an open quote at the start", "x.csv.gz", header + "\"" + line, strings.Repeat(line, 1<<20/len(line)), 200 * (1 << 20 / len(line)), 1},
		{"one long line", "x.csv.gz", header, strings.Repeat("x", 1<<20), 0, 1},
		{"one long quoted cell", "x.csv.gz", header + "\"", strings.Repeat("x", 1<<20), 0, 1},
		{"one long JSON line", "x.ndjson.gz", "{\"a\":1}\n", strings.Repeat("x", 1<<20), 1, 1},
		{"JSON records", "x.ndjson.gz", "{\"a\":1}\n", strings.Repeat("{\"a\":\"\\u00e9\"}\n", 1<<16), 1 + 200<<16, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), tt.fileName)
			if err := writeBlocks(path, tt.start, tt.block, size>>20); err != nil {
				t.Fatal(err)
			}
			r, err := file.Open(path, file.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			var stats runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&stats)
			before, most := stats.Sys, stats.Sys
			rows, refused := 0, 0
			for i := 0; ; i++ {
				_, err := r.Next()
				if err == io.EOF {
					break
				}
				if _, ok := errors.AsType[*source.RowError](err); ok {
					refused++
				} else if err != nil {
					t.Fatal(err)
				} else {
					rows++
				}
				if i%100_000 == 0 {
					runtime.ReadMemStats(&stats)
					most = max(most, stats.Sys)
				}
			}
			runtime.ReadMemStats(&stats)
			if most = max(most, stats.Sys); most-before > limit {
				t.Errorf("got %d MiB more memory, want at most %d", (most-before)>>20, limit>>20)
			}
			if rows != tt.wantRows || refused != tt.wantRefused {
				t.Errorf("got %d rows and %d refused, want %d and %d", rows, refused, tt.wantRows, tt.wantRefused)
			}
		})
	}
}

func writeBlocks(path, start, block string, blocks int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(z, start); err != nil {
		return err
	}
	for range blocks {
		if _, err := io.WriteString(z, block); err != nil {
			return err
		}
	}
	return errors.Join(z.Close(), f.Close())
}
