package file

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zip"
)

// workbook is what has to be known of a workbook before its sheets are read.
type workbook struct {
	in      *input
	sheets  []sheet
	parts   map[string]*zip.File
	from    int // day of Excel's calendar on which 1970 begins
	styles  []cellFormat
	strings sharedTexts
}

// sheet is one sheet of a workbook.
type sheet struct {
	name   string
	part   string
	hidden bool
}

// cellFormat is how a cell shows its number. Mask is that of an id: a figure for
// each 0, with zeros before shorter numbers, and all else as it stands.
type cellFormat struct {
	form cellForm
	mask string
}

// cellForm is what the format of a cell says about its number.
type cellForm uint8

const (
	aNumber cellForm = iota
	aDay
	aTime // a day with its time
)

// mostDigits is how many digits of a number Excel keeps.
const mostDigits = 15

const (
	from1900 = 25569
	from1904 = 24107
)

func openWorkbook(in *input) (*workbook, error) {
	b := &workbook{in: in, parts: map[string]*zip.File{}, from: from1900}
	for _, f := range in.book.File {
		b.parts[strings.TrimPrefix(f.Name, "/")] = f
	}
	if err := b.readSheets(); err != nil {
		return nil, fmt.Errorf("read the list of sheets: %w", err)
	}
	if err := b.readStyles(); err != nil {
		return nil, fmt.Errorf("read the formats of cells: %w", err)
	}
	if err := b.readTexts(); err != nil {
		return nil, fmt.Errorf("read the texts of the workbook: %w", err)
	}
	return b, nil
}

func (b *workbook) readSheets() error {
	var book struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
			ID    string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := b.unmarshal("xl/workbook.xml", &book); err != nil {
		return err
	}
	var relations struct {
		List []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := b.unmarshal("xl/_rels/workbook.xml.rels", &relations); err != nil {
		return err
	}
	if v := book.Properties.Date1904; v == "1" || v == "true" {
		b.from = from1904
	}
	for _, s := range book.Sheets {
		for _, r := range relations.List {
			if r.ID != s.ID {
				continue
			}
			part := path.Join("xl", r.Target)
			if strings.HasPrefix(r.Target, "/") {
				part = r.Target[1:]
			}
			if b.parts[part] != nil && !strings.Contains(part, "chartsheets") {
				b.sheets = append(b.sheets, sheet{s.Name, part, s.State == "hidden" || s.State == "veryHidden"})
			}
		}
	}
	if len(b.sheets) == 0 {
		return errors.New("it has none")
	}
	return nil
}

// choose returns the sheet of that name; without one the only sheet that is
// visible and has cells.
func (b *workbook) choose(name string) (sheet, error) {
	var names []string
	var fitting []sheet // that are visible
	for _, s := range b.sheets {
		names = append(names, s.name)
		if strings.EqualFold(strings.TrimSpace(s.name), strings.TrimSpace(name)) {
			return s, nil
		}
		if name == "" && !s.hidden {
			fitting = append(fitting, s)
		}
	}
	if name != "" {
		return sheet{}, fmt.Errorf("the workbook has no sheet %q; it has %s", name, strings.Join(names, ", "))
	}
	if len(fitting) == 1 {
		return fitting[0], nil
	}
	filled, err := b.filled()
	if err != nil {
		return sheet{}, err
	}
	if len(filled) == 1 {
		return filled[0], nil
	}
	return sheet{}, fmt.Errorf("the workbook has several sheets; say sheet: and one of %s", strings.Join(names, ", "))
}

// filled returns the sheets that are visible and have cells.
func (b *workbook) filled() ([]sheet, error) {
	var list []sheet
	for _, s := range b.sheets {
		if s.hidden {
			continue
		}
		rows, err := b.open(s)
		if err != nil {
			return nil, err
		}
		_, err = rows.next()
		rows.close()
		switch {
		case err == nil:
			list = append(list, s)
		case err != io.EOF:
			return nil, err
		}
	}
	return list, nil
}

// Sheets returns the names of the sheets of a workbook that are visible and
// have cells, in its order; none of a file that is no workbook. It fails as Open
// does.
func Sheets(path string) ([]string, error) {
	in, err := openInput(path, Options{})
	if err != nil || in.book == nil {
		if err == nil {
			err = in.Close()
		}
		return nil, err
	}
	defer in.Close()
	b, err := openWorkbook(in)
	if err != nil {
		return nil, err
	}
	list, err := b.filled()
	var names []string
	for _, s := range list {
		names = append(names, s.name)
	}
	return names, err
}

// readStyles finds out which formats of cells show days.
func (b *workbook) readStyles() error {
	if b.parts["xl/styles.xml"] == nil {
		return nil
	}
	var styles struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := b.unmarshal("xl/styles.xml", &styles); err != nil {
		return err
	}
	codes := map[int]string{}
	for _, f := range styles.Formats {
		codes[f.ID] = f.Code
	}
	for _, c := range styles.Cells {
		format := cellFormat{form: builtInForm(c.Format)}
		if code, ok := codes[c.Format]; ok {
			format = cellFormat{formOfCode(code), maskOfCode(code)}
		}
		b.styles = append(b.styles, format)
	}
	return nil
}

// builtInForm is about the formats that every workbook has (ECMA-376, part 1,
// 18.8.30).
func builtInForm(id int) cellForm {
	switch {
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 58:
		return aDay
	case id >= 18 && id <= 22, id >= 32 && id <= 35:
		return aTime
	}
	return aNumber
}

// formOfCode reads a format such as "dd/mm/yyyy hh:mm". Spans of hours, as in
// "[h]:mm", are numbers.
func formOfCode(code string) cellForm {
	code, _, _ = strings.Cut(code, ";")
	var days, hours bool
	for i := 0; i < len(code); i++ {
		switch c := code[i] | 0x20; {
		case code[i] == '\\' || code[i] == '_' || code[i] == '*':
			i++
		case code[i] == '"':
			if n := strings.IndexByte(code[i+1:], '"'); n >= 0 {
				i += n + 1
			}
		case code[i] == '[':
			n := strings.IndexByte(code[i:], ']')
			if n < 0 {
				return aNumber
			}
			if n == 2 && strings.IndexByte("hms", code[i+1]|0x20) >= 0 {
				return aNumber
			}
			i += n
		case c == 'y' || c == 'd':
			days = true
		case c == 'h' || c == 's':
			hours = true
		case c == 'm':
			days = days || !hours
		case c == 'g' || c == '0' || c == '#':
			if !days && !hours { // General, 0.00
				return aNumber
			}
		}
	}
	switch {
	case hours:
		return aTime
	case days:
		return aDay
	}
	return aNumber
}

func (b *workbook) unmarshal(name string, to any) error {
	text, err := b.part(name)
	if err != nil {
		return err
	}
	defer text.Close()
	const most = 64 << 20
	return xml.NewDecoder(io.LimitReader(text, most)).Decode(to)
}

// part opens a part of the workbook.
func (b *workbook) part(name string) (io.ReadCloser, error) {
	f := b.parts[name]
	if f == nil {
		return nil, fmt.Errorf("the workbook is damaged: %s is missing", name)
	}
	text, err := f.Open()
	if err != nil {
		return nil, damage(err)
	}
	return &boundedPart{ReadCloser: text, stored: int64(f.CompressedSize64)}, nil
}

// boundedPart is a part that does not unpack to far more than tables do.
type boundedPart struct {
	io.ReadCloser
	stored, size int64
}

func (p *boundedPart) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	p.size += int64(n)
	if p.size > unpackedFree/32 && p.size > unpackedRatio*p.stored {
		return 0, errBomb
	}
	return n, err
}

// sharedTexts are the texts that cells of a workbook share.
type sharedTexts struct {
	all  []byte
	ends []uint32
}

// mostTexts is how many bytes of shared texts are held in memory.
const mostTexts = 256 << 20

func (s *sharedTexts) at(i int) ([]byte, bool) {
	if i < 0 || i >= len(s.ends) {
		return nil, false
	}
	from := uint32(0)
	if i > 0 {
		from = s.ends[i-1]
	}
	return s.all[from:s.ends[i]:s.ends[i]], true
}

func (b *workbook) readTexts() error {
	const name = "xl/sharedStrings.xml"
	if b.parts[name] == nil {
		return nil
	}
	part, err := b.part(name)
	if err != nil {
		return err
	}
	defer part.Close()
	x := newTokens(part)
	inText, inReading := false, false
	for {
		token, err := x.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return damage(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			inText = t.Name.Local == "t"
			inReading = inReading || t.Name.Local == "rPh"
		case xml.CharData:
			if inText && !inReading {
				b.strings.all = append(b.strings.all, t...)
			}
		case xml.EndElement:
			inText = false
			switch t.Name.Local {
			case "rPh":
				inReading = false
			case "si":
				b.strings.ends = append(b.strings.ends, uint32(len(b.strings.all)))
			}
		}
		if len(b.strings.all) > mostTexts || len(b.strings.ends) > mostTexts/8 {
			return errors.New("it has more texts than fit into memory; save the sheet as CSV (UTF-8)")
		}
	}
}

// unescaped returns a text in which Excel has written characters as _x000D_.
func unescaped(text []byte) []byte {
	for i := 0; i+7 <= len(text); i++ {
		if text[i] != '_' || text[i+1] != 'x' || text[i+6] != '_' {
			continue
		}
		n, err := strconv.ParseUint(string(text[i+2:i+6]), 16, 16)
		if err != nil {
			continue
		}
		text = append(append(append([]byte{}, text[:i]...), string(rune(n))...), text[i+7:]...)
	}
	return text
}
