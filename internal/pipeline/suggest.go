package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/source"
	"github.com/segue-cs/segue/internal/source/file"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/suggest"
	"github.com/segue-cs/segue/internal/warehouse"
)

// profiledRows is how many rows of a file are looked at for a proposal.
const profiledRows = 1_000_000

// SuggestRequest asks how files become facts.
type SuggestRequest struct {
	Files    []string          `json:"files"`             // as they are found from where the command runs
	Names    map[string]string `json:"names,omitempty"`   // how the strategy names them, by file; else as they are
	Answers  map[string]string `json:"answers,omitempty"` // to questions, by their key
	Root     string            `json:"root,omitempty"`    // folder of the strategy
	Strategy *spec.Strategy    `json:"-"`                 // the one that is there already; nil is none

	// Parquet opens Parquet files; without it they are not looked at.
	Parquet func(ctx context.Context, path string) (warehouse.ParquetReader, error) `json:"-"`
}

// accountFiles returns the files from which the strategy reads accounts, beside
// those asked about: their ids say whose the rows of others are.
func (r SuggestRequest) accountFiles() []string {
	if r.Strategy == nil {
		return nil
	}
	var list []string
	for _, m := range r.Strategy.Sources {
		if m.Kind != fact.AccountKind {
			continue
		}
		found, err := file.Glob(m.Files, r.Root)
		if err != nil {
			continue // they were taken away: their ids cannot help
		}
		for _, path := range found {
			asked := slices.ContainsFunc(r.Files, func(f string) bool { return sameFile(f, path) })
			if !asked && !slices.Contains(list, path) {
				list = append(list, path)
			}
		}
	}
	return list
}

func sameFile(a, b string) bool {
	one, err1 := os.Stat(a)
	other, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(one, other)
}

// SuggestReport is a proposal, with the files that cannot be read.
type SuggestReport struct {
	suggest.Proposal

	Unreadable []suggest.Skipped `json:"unreadable,omitempty"`
}

// SuggestProgress says how far reading is: one file of how many.
type SuggestProgress struct {
	File string
	N    int
	Of   int
}

// Profiles reads files and says what their columns are like. Of files that
// cannot be read it says why, and reads the others. show may be nil.
func Profiles(ctx context.Context, r SuggestRequest, show func(SuggestProgress)) ([]suggest.Table, []suggest.Skipped, error) {
	var tables []suggest.Table
	var unreadable []suggest.Skipped
	files := append(slices.Clone(r.Files), r.accountFiles()...)
	for i, path := range files {
		if show != nil {
			show(SuggestProgress{File: path, N: i + 1, Of: len(files)})
		}
		name := path
		if named, ok := r.Names[path]; ok {
			name = named
		} else if rel, err := filepath.Rel(r.Root, path); err == nil && r.Root != "" {
			name = filepath.ToSlash(rel)
		}
		for _, sheet := range sheets(path) {
			if i >= len(r.Files) && !r.knows(suggest.Table{Name: suggest.SheetTable(name, sheet), Sheet: sheet}) {
				continue
			}
			t, err := r.profile(ctx, path, name, sheet)
			switch {
			case ctx.Err() != nil:
				return nil, nil, ctx.Err()
			case err != nil:
				unreadable = append(unreadable, suggest.Skipped{Table: suggest.SheetTable(name, sheet), Why: cause(err, path)})
			default:
				tables = append(tables, t)
			}
		}
	}
	return tables, unreadable, nil
}

// sheets returns the sheets of a workbook with several that hold something; ""
// for any other file.
func sheets(path string) []string {
	list, err := file.Sheets(path)
	if err != nil || len(list) < 2 { // what is wrong is said where it is opened
		return []string{""}
	}
	return list
}

// knows reports whether the strategy takes accounts from a table.
func (r SuggestRequest) knows(t suggest.Table) bool {
	return t.Sheet == "" || slices.ContainsFunc(r.Strategy.Sources, func(m fact.Mapping) bool {
		return m.Kind == fact.AccountKind && slices.ContainsFunc(m.Files, func(pattern string) bool { return readBy(pattern, m.Sheet, []suggest.Table{t}) != nil })
	})
}

// cause is why a file cannot be read, without its name.
func cause(err error, path string) string {
	return strings.TrimPrefix(err.Error(), fmt.Sprintf("read %q: ", path))
}

// open opens a file of any sort, or a sheet of it, with as many rows of header
// as it has.
func (r SuggestRequest) open(ctx context.Context, path, sheet string) (rows source.Reader, header file.Header, err error) {
	o := file.Options{Sheet: sheet}
	if n, names, err := file.HeaderRows(path, o); err == nil && n > 1 {
		o.Header = file.Header{Rows: n, Names: names}
	}
	rows, err = r.openAs(ctx, path, o)
	return rows, o.Header, err
}

func (r SuggestRequest) openAs(ctx context.Context, path string, o file.Options) (source.Reader, error) {
	rows, err := file.Open(path, o)
	if !errors.Is(err, source.ErrParquet) || r.Parquet == nil {
		return rows, err
	}
	records, err := r.Parquet(ctx, path)
	if err != nil {
		return nil, err
	}
	return newParquetReader(records, 0), nil
}

func (r SuggestRequest) profile(ctx context.Context, path, name, sheet string) (suggest.Table, error) {
	rows, header, err := r.open(ctx, path, sheet)
	if err != nil {
		return suggest.Table{}, err
	}
	defer rows.Close()
	p := suggest.NewProfiler(name, rows.Header())
	p.Sheet(sheet)
	p.Header(header.Rows, header.Names)
	fields, native := make([][]byte, len(rows.Header())), nativeFields(rows)
	p.Native(native)
	for n := 0; n < profiledRows; n++ {
		if n%progressRows == 0 && ctx.Err() != nil {
			return suggest.Table{}, ctx.Err()
		}
		row, err := rows.Next()
		var bad *source.RowError
		switch {
		case errors.Is(err, io.EOF):
			return p.Table(false), nil
		case errors.As(err, &bad):
			p.Refuse()
			continue
		case err != nil:
			return suggest.Table{}, err
		}
		for i := range row.Fields {
			fields[i] = row.Fields[i].Text
		}
		noteNative(native, row)
		p.Add(fields)
	}
	return p.Table(true), nil
}

// Suggest proposes how files become facts: of which kind each is, whose rows
// they are, when they were, and what only a person can know.
func Suggest(r SuggestRequest, tables []suggest.Table, unreadable []suggest.Skipped) (SuggestReport, error) {
	request := suggesting{suggest.Request{Tables: tables, Answers: r.Answers, Accounts: map[string]suggest.KnownAccounts{}}}
	if s := r.Strategy; s != nil {
		request.Kinds, request.Currency = s.Kinds, string(s.Currency)
		for _, m := range s.Sources {
			request.Taken = append(request.Taken, m.Name)
			var read []string
			for _, pattern := range m.Files {
				read = append(read, readBy(pattern, m.Sheet, tables)...)
			}
			request.Read = append(request.Read, read...)
			if m.Kind == fact.AccountKind {
				request.know(m, read, r.Names)
			}
		}
		for _, c := range s.Traits() {
			request.Traits = append(request.Traits, c.Name)
		}
	} else {
		kinds, err := spec.CatalogKinds()
		if err != nil {
			return SuggestReport{}, err
		}
		request.Kinds = kinds
	}
	p, err := suggest.Propose(request.Request)
	if p.Base != "" && r.Strategy != nil { // the head of the strategy is the person's
		p.Notes = append(p.Notes, fmt.Sprintf("who is a customer stands in the head of your strategy, which is not changed here: to leave these out, write there base: {when: '%s'}%s",
			strings.ReplaceAll(p.Base, "'", "''"), alreadyBase(r.Strategy)))
		p.Base = ""
	}
	return SuggestReport{Proposal: p, Unreadable: unreadable}, err
}

// alreadyBase says that a condition adds to the one that a strategy has.
func alreadyBase(s *spec.Strategy) string {
	if s.BaseWhen == nil {
		return ""
	}
	return ", joined with && to the condition that is there"
}

// suggesting is a request in the making.
type suggesting struct{ suggest.Request }

// know notes from which columns of which tables the strategy takes accounts.
func (r *suggesting) know(m fact.Mapping, tables []string, asked map[string]string) {
	r.HasAccounts = true
	for _, b := range m.Columns {
		if b.To == "owner" && r.Owner == "" {
			r.Owner = b.From
		}
		if b.To != fact.ColAccount || b.From == "" {
			continue
		}
		for _, t := range tables {
			if _, known := r.Accounts[t]; known || m.Ids != "" {
				continue
			}
			r.Accounts[t] = suggest.KnownAccounts{Key: b.From, Spaces: maps.Clone(m.Keys), Asked: slices.Contains(slices.Collect(maps.Values(asked)), t)}
		}
	}
}

// readBy returns the tables that a pattern of the strategy reads, or the sheet
// of each.
func readBy(pattern, sheet string, tables []suggest.Table) []string {
	var list []string
	for _, t := range tables {
		if ok, _ := filepath.Match(filepath.FromSlash(pattern), filepath.FromSlash(t.File())); ok && (t.Sheet == "" || strings.EqualFold(sheet, t.Sheet)) {
			list = append(list, t.Name)
		}
	}
	return list
}

// Exports lists the files of a folder that can be exports, those of its own
// folders included, sorted.
func Exports(folder string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != folder && strings.HasPrefix(d.Name(), "."):
			return filepath.SkipDir
		case d.IsDir() || strings.HasPrefix(d.Name(), "."):
			return nil
		}
		name := strings.TrimSuffix(strings.ToLower(d.Name()), ".gz")
		if slices.Contains(exportEndings, filepath.Ext(name)) {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for exports: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("look for exports in %q: there is no file that ends in %s", folder, strings.Join(exportEndings, ", "))
	}
	slices.Sort(files)
	return files, nil
}

// exportEndings are how the names of exports end.
var exportEndings = []string{".csv", ".tsv", ".tab", ".txt", ".ndjson", ".jsonl", ".xlsx", ".parquet"}
