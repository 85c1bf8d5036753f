package file

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"golang.org/x/text/encoding/unicode"

	"github.com/segue-cs/segue/internal/source"
)

// input is a file's text: decompressed, in UTF-8, without byte order mark.
type input struct {
	path  string
	file  *os.File
	text  io.Reader
	total int64
	read  atomic.Int64
}

var (
	gzipMagic    = []byte{0x1f, 0x8b}
	zipMagic     = []byte("PK\x03\x04")
	parquetMagic = []byte("PAR1")
	bomUTF8      = []byte("\xef\xbb\xbf")
	bomUTF16LE   = []byte("\xff\xfe")
	bomUTF16BE   = []byte("\xfe\xff")
)

// openInput opens the file and looks at its first bytes.
func openInput(path string) (*input, error) {
	if info, err := os.Stat(path); err == nil && info.Mode()&(os.ModeNamedPipe|os.ModeSocket|os.ModeDevice) != 0 { // opening it would wait for a writer
		return nil, errors.New("it is no file but a pipe or a device")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, plainCause(err)
	}
	in := &input{path: path, file: f}
	if err := in.start(); err != nil {
		f.Close()
		return nil, err
	}
	return in, nil
}

func (in *input) start() error {
	info, err := in.file.Stat()
	if err != nil {
		return plainCause(err)
	}
	if info.IsDir() {
		return errors.New("it is a directory; name the files in it, as in \"" + in.path + "/*.csv\"")
	}
	if info.Mode().IsRegular() {
		in.total = info.Size()
	}
	stored := bufio.NewReaderSize(counter{in}, 64<<10)
	first, err := stored.Peek(4)
	switch {
	case err != nil && err != io.EOF:
		return plainCause(err)
	case bytes.Equal(first, parquetMagic):
		return source.ErrParquet
	case bytes.Equal(first, zipMagic):
		return errors.New("it is a zip archive or an Excel workbook; unpack it or save it as CSV (UTF-8)")
	case bytes.HasPrefix(first, gzipMagic):
		unzipped, err := gzip.NewReader(stored)
		if err != nil {
			return damage(err)
		}
		return in.decode(bufio.NewReader(unzipped))
	default:
		return in.decode(stored)
	}
}

// decode sets the text from what is stored, by its byte order mark.
func (in *input) decode(stored *bufio.Reader) error {
	first, err := stored.Peek(3)
	if err != nil && err != io.EOF {
		return damage(err)
	}
	in.text = stored
	switch {
	case len(first) == 0:
		return source.ErrEmpty
	case bytes.HasPrefix(first, bomUTF8):
		if _, err := stored.Discard(len(bomUTF8)); err != nil {
			return damage(err)
		}
	case bytes.HasPrefix(first, bomUTF16LE), bytes.HasPrefix(first, bomUTF16BE):
		in.text = unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM).NewDecoder().Reader(stored)
	}
	return nil
}

// Offset returns the bytes read so far and the size of the file.
func (in *input) Offset() (read, total int64) {
	return in.read.Load(), in.total
}

// Close closes the file.
func (in *input) Close() error {
	return in.file.Close()
}

// fail puts the file's name, and the line that was to be read, before the
// reason why the text cannot be read further.
func (in *input) fail(line int, err error) error {
	return fmt.Errorf("read %q: line %d: %w", in.path, line, damage(err))
}

// counter reads the file and counts the bytes.
type counter struct{ in *input }

func (c counter) Read(p []byte) (int, error) {
	n, err := c.in.file.Read(p)
	c.in.read.Add(int64(n))
	return n, err
}

// damage says in plain words what is wrong with a compressed file.
func damage(err error) error {
	_, isCorrupt := errors.AsType[flate.CorruptInputError](err)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the compressed file stops before its end, as after a download that broke off: %w", err)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), isCorrupt:
		return fmt.Errorf("the compressed file is damaged: %w", err)
	default:
		return plainCause(err)
	}
}

// plainCause takes operation and path off an error of the file system; both
// are in the text of who calls.
func plainCause(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	return err
}
