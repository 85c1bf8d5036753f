package file

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zip"

	"github.com/segue-cs/segue/internal/source"
)

// input is a file's text: decompressed, in UTF-8, without byte order mark. Of
// a workbook it is the archive, without a text.
type input struct {
	path  string
	file  *os.File
	text  io.Reader
	found finding
	book  *zip.Reader // of a workbook
	inner string      // name of the file in a zip archive
	total int64
	read  atomic.Int64
}

var (
	gzipMagic    = []byte{0x1f, 0x8b}
	zipMagic     = []byte("PK\x03\x04")
	oldBookMagic = []byte("\xd0\xcf\x11\xe0")
	parquetMagic = []byte("PAR1")
	bomUTF8      = []byte("\xef\xbb\xbf")
	bomUTF16LE   = []byte("\xff\xfe")
	bomUTF16BE   = []byte("\xfe\xff")
)

// openInput opens the file and looks at its first bytes.
func openInput(path string, o Options) (*input, error) {
	if info, err := os.Stat(path); err == nil && info.Mode()&(os.ModeNamedPipe|os.ModeSocket|os.ModeDevice) != 0 { // opening it would wait for a writer
		return nil, errors.New("it is no file but a pipe or a device")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, plainCause(err)
	}
	in := &input{path: path, file: f}
	if err := in.start(o); err != nil {
		f.Close()
		return nil, err
	}
	return in, nil
}

func (in *input) start(o Options) error {
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
	case bytes.Equal(first, oldBookMagic):
		return errors.New("it is a workbook of an old Excel, or one with a password; save it as .xlsx without a password, or as CSV (UTF-8)")
	case bytes.Equal(first, zipMagic):
		return in.openArchive(o)
	case bytes.HasPrefix(first, gzipMagic):
		unzipped, err := gzip.NewReader(stored)
		if err != nil {
			return damage(err)
		}
		return in.decode(bufio.NewReaderSize(&unpacked{text: unzipped, in: in}, 64<<10), o)
	default:
		return in.decode(stored, o)
	}
}

// openArchive finds the one table in a zip archive, or takes it as a workbook.
func (in *input) openArchive(o Options) error {
	archive, err := zip.NewReader(counterAt{in}, in.total)
	if err != nil {
		return damage(err)
	}
	in.read.Store(0)
	var tables, others []*zip.File
	for _, f := range archive.File {
		switch name := f.Name; {
		case name == "xl/workbook.xml":
			in.book = archive
			return nil
		case name == "xl/workbook.bin":
			return errors.New("it is a binary workbook (.xlsb); save it as .xlsx or as CSV (UTF-8)")
		case name == "content.xml":
			return errors.New("it is an OpenDocument spreadsheet; save it as .xlsx or as CSV (UTF-8)")
		case strings.HasSuffix(name, "/") || strings.HasPrefix(path.Base(name), ".") || strings.HasPrefix(name, "__MACOSX/"):
		case isTable(name):
			tables = append(tables, f)
		default:
			others = append(others, f)
		}
	}
	if len(tables) == 0 {
		tables = others
	}
	if len(tables) != 1 {
		return errors.New("it is a zip archive with " + plural(len(tables), "file") + "; unpack it")
	}
	text, err := tables[0].Open()
	if err != nil {
		return damage(err)
	}
	in.inner = tables[0].Name
	return in.decode(bufio.NewReaderSize(&unpacked{text: text, in: in}, 64<<10), o)
}

// isTable reports whether the name ends as that of a file that Open reads.
func isTable(name string) bool {
	format, err := formatOf(name, "")
	return err == nil && format != XLSX
}

// decode sets the text from what is stored.
func (in *input) decode(stored *bufio.Reader, o Options) error {
	first, err := stored.Peek(asciiPeek)
	if err != nil && err != io.EOF {
		return damage(err)
	}
	in.text = stored
	mark := 0
	switch {
	case len(first) == 0:
		return source.ErrEmpty
	case bytes.HasPrefix(first, bomUTF8):
		in.found, mark = finding{encoding: UTF8, sure: true, marked: true}, len(bomUTF8)
	case bytes.HasPrefix(first, bomUTF16LE):
		in.found, mark = finding{encoding: UTF16LE, sure: true, marked: true}, len(bomUTF16LE)
	case bytes.HasPrefix(first, bomUTF16BE):
		in.found, mark = finding{encoding: UTF16BE, sure: true, marked: true}, len(bomUTF16BE)
	case o.Encoding != "":
		in.found = finding{encoding: o.Encoding, sure: true}
	default:
		if name := marklessUTF16(first); name != "" {
			in.found = finding{encoding: name, sure: true}
			break
		}
		in.found = finding{encoding: UTF8, sure: true}
		in.text = &finder{stored: stored, found: &in.found}
		return nil
	}
	if _, err := stored.Discard(mark); err != nil {
		return damage(err)
	}
	code, err := decoderOf(in.found.encoding)
	if code != nil {
		in.text = code.NewDecoder().Reader(stored)
	}
	return err
}

// isUTF16 reports whether a replacement character stands for half of one.
func (in *input) isUTF16() bool {
	return in.found.encoding == UTF16LE || in.found.encoding == UTF16BE
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

// counterAt is counter for archives.
type counterAt struct{ in *input }

func (c counterAt) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.in.file.ReadAt(p, off)
	c.in.read.Add(int64(n))
	return n, err
}

const (
	unpackedFree  = 1 << 30 // how much may be unpacked whatever its ratio
	unpackedRatio = 300     // then, how many times what is stored
)

// errBomb is what reading a file ends with that is far larger than it looks.
var errBomb = fmt.Errorf("it unpacks to more than %d times its size; unpack it yourself if that is meant", unpackedRatio)

// unpacked is a text that was compressed, of a ratio that tables have.
type unpacked struct {
	text io.Reader
	in   *input
	size int64
}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.text.Read(p)
	u.size += int64(n)
	if u.size > unpackedFree && u.size > unpackedRatio*u.in.read.Load() {
		return 0, errBomb
	}
	return n, err
}

// damage says in plain words what is wrong with a compressed file.
func damage(err error) error {
	_, isCorrupt := errors.AsType[flate.CorruptInputError](err)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the compressed file stops before its end, as after a download that broke off: %w", err)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.Is(err, zip.ErrChecksum), isCorrupt:
		return fmt.Errorf("the compressed file is damaged: %w", err)
	case errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrAlgorithm):
		return fmt.Errorf("the archive is damaged or stops before its end: copy or export it again: %w", err)
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
