// Package fact says what can be recorded about a customer: the kinds of fact,
// their columns, and how the rows of an export become facts.
package fact

import (
	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/rule"
)

// Type is what a column of a fact holds.
type Type string

// Text is a word or a sentence; Number an exact decimal; Money an amount with
// its currency; Date a plain day; Time an instant; Bool yes or no. Account and
// Contact refer to one by the source's own key.
const (
	Text    Type = "text"
	Number  Type = "number"
	Money   Type = "money"
	Date    Type = "date"
	Time    Type = "time"
	Bool    Type = "bool"
	Account Type = "account"
	Contact Type = "contact"
)

// Timing says when a fact holds.
type Timing string

// At facts happen at an instant; Term facts hold from `starts` until the day
// before `ends`; Version facts hold from `valid_from` until the next version.
const (
	At      Timing = "at"
	Term    Timing = "term"
	Version Timing = "version"
)

// Coverage says how far the absence of rows can be trusted (SEMANTICS 9).
type Coverage string

// State and Sparse kinds cover everything up to the day of import; Flow kinds
// up to their last complete day.
const (
	State  Coverage = "state"
	Sparse Coverage = "sparse"
	Flow   Coverage = "flow"
)

// Column is one column of a kind.
type Column struct {
	Name     string
	Type     Type
	Title    string
	Why      string
	Required bool     // a row without it is rejected
	Values   []string // closed set of texts; nil is open
	Domain   string   // texts with one domain share codes; "" means kind.column
	Open     bool     // a date that may be known to be none: stored as period.Open when missing
	Unit     string   // unit of a number, as rules see it
	Personal bool     // a text about someone: it goes when they are erased (SEMANTICS 23)

	// Traits only (columns added to the kind account).
	Fixed bool   // an undated value holds always, not from the day of import
	Roll  string // at a grain above account: top (default), largest by METRIC, any, worst

	Pos diag.Pos
}

// HoldsAlways reports whether an undated value holds always, not from the day
// of import: a name does too.
func (c Column) HoldsAlways() bool { return c.Fixed || c.Name == "name" }

// Kind is one kind of fact.
type Kind struct {
	Name        string
	Title       string
	Why         string
	Timing      Timing
	Coverage    Coverage
	FreshWithin int // days after which a source is stale; 0 means never
	Key         []string
	Columns     []Column
	Pos         diag.Pos
}

// Column returns the column of that name.
func (k Kind) Column(name string) (Column, bool) {
	for _, c := range k.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}

// SystemColumns returns the columns that a mapping may bind although the kind
// does not list them, in the order id, when, received_at, updated_at. The one
// that says when is required of Term and At facts.
func (k Kind) SystemColumns() []Column {
	var list []Column
	if _, listed := k.Column(ColID); !listed {
		list = append(list, Column{Name: ColID, Type: Text})
	}
	switch k.Timing {
	case Term:
	case Version:
		list = append(list, Column{Name: ColValidFrom, Type: Date})
	default:
		list = append(list, Column{Name: ColAt, Type: Time, Required: true})
	}
	return append(list, Column{Name: ColReceived, Type: Time}, Column{Name: ColUpdated, Type: Time})
}

// Bindable returns the column of that name, whether listed or a system column.
func (k Kind) Bindable(name string) (Column, bool) {
	if c, ok := k.Column(name); ok {
		return c, true
	}
	for _, c := range k.SystemColumns() {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}

// IsAboutAccounts reports whether each fact belongs to an account, so that
// metrics can be made of the kind.
func (k Kind) IsAboutAccounts() bool {
	_, ok := k.Column(ColAccount)
	return ok
}

// TextDomain returns the dictionary in which a column's texts are coded.
func (k Kind) TextDomain(c Column) string {
	if c.Domain != "" {
		return c.Domain
	}
	return k.Name + "." + c.Name
}

// RowMode says what a row of an export means for what was known before.
type RowMode string

// Append adds; Patch touches only the columns present; Snapshot also retracts
// what the file no longer lists (SEMANTICS 8).
const (
	Append   RowMode = "append"
	Patch    RowMode = "patch"
	Snapshot RowMode = "snapshot"
)

// Mapping says how the rows of an export become facts of one kind. It is one
// entry of `sources:`.
type Mapping struct {
	Name  string // of the source
	Title string
	Kind  string
	Files []string // patterns, relative to the project
	Rows  RowMode

	// How the file is written.
	Format     string // csv, ndjson, parquet, xlsx; "" by extension
	Encoding   string // one of Encodings; "" is detected
	Delimiter  string // "" is detected; a space stands for any number of them
	Sheet      string // of a workbook; "" is its only one
	Header     Header
	KeepFooter bool // totals and footers of reports are rows like others
	Missing    []string
	TimeZone   string // of times without an offset; "" is the reporting zone
	Dates      string // layout such as "d/m/Y" or "Y-m-d H:i"; "" decides by each column
	Numbers    string // one of NumberStyles; "" decides by each column
	YearsFrom  int    // years of two digits lie in the hundred years from this one; 0 is 1969
	Found      Found  `json:"-"` // of one file: what its undeclared columns were found to be

	// Whose rows they are.
	Ids        string            // id space of account keys; "" is "main"
	ContactIds string            // id space of contact keys; "" is "main"
	Keys       map[string]string // kind account: further id spaces -> column with that id

	// Which rows of the file count, and what one of them becomes.
	Names    map[string][]string `json:",omitempty"` // a name -> the columns that it may stand for: the first that the file has
	Optional []string            `json:",omitempty"` // names and columns that a file may lack; they are empty then
	Where    *rule.Expr          `json:"-"`          // rows of which it is not true are left out; nil keeps all
	Unpivot  *Unpivot            `json:",omitempty"`
	Split    *Split              `json:",omitempty"`

	Columns []Binding // in the order written

	// What the absence of rows means.
	CoversFrom string // first day covered, "2024-01-01"; "" is the first fact's day
	CoversTo   string // last day covered; "" by the kind's coverage
	Fresh      *int   // overrides the kind's FreshWithin
	Complete   bool   // no row for a customer means none, whether or not a key is matched

	Pos diag.Pos
}

// Unpivot makes rows of columns: a row of the file becomes one for each of
// them that is not empty.
type Unpivot struct {
	Columns []string // names, or patterns with * and ?
	Except  []string // likewise
	Name    string   // the column that holds the name; "" is "name"
	Value   string   // the column that holds the value; "" is "value"
	Empty   string   // the column that names the next of these columns, where that one is empty; "" is none
	Pos     diag.Pos `json:"-"`
}

// Split makes rows of a list: a row of the file becomes one for each item.
type Split struct {
	Column string
	By     string   // what stands between the items
	Pos    diag.Pos `json:"-"`
}

// Header says where the names of a file's columns stand.
type Header struct {
	Row   int  // the line on which it begins; 0 finds it
	Rows  int  // how many rows it has; 0 stands for 1
	Names int  // which of them names the columns, from 1; 0 joins them all
	None  bool // columns are called 1, 2, 3 ...
}

// Encodings are those that a mapping may name.
var Encodings = []string{
	"utf-8", "utf-16le", "utf-16be", "windows-1252", "mac-roman",
	"iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1250", "windows-1251", "windows-1253", "windows-1254",
	"shift-jis", "gb18030", "big5", "euc-kr",
}

// Binding fills one column of the kind from a row.
type Binding struct {
	To           string            // column of the kind; "at", "starts", "received_at", "id" ...
	From         string            // column of the file
	Else         []string          // of a text: the columns in place of From where that is empty, the first that is filled
	Constant     *string           // or the same text for every row
	Product      []string          // or the product of these columns, exact, then rounded half-even
	Is           *rule.Expr        `json:"-"` // or a formula over the row, of rule.NewRowEnv
	Layout       string            // of a date or time, overrides Mapping.Dates
	Numbers      string            // overrides Mapping.Numbers
	Currency     string            // of money: a code,
	CurrencyFrom string            // or the column with the code
	Minor        bool              // the amount is in minor units (cents)
	Values       map[string]string // what is written -> what it means
	KnownFrom    string            // column with the day since which the value was known
	Pos          diag.Pos
}

// Column name conventions. A kind that is about accounts lists ColAccount among
// its columns, one of Timing Term lists ColStarts and ColEnds, and one whose id
// is stored as text lists ColID. The others are never listed: every kind has
// ColReceived and ColUpdated, and by its timing ColAt or ColValidFrom.
const (
	ColAccount   = "account"     // whose fact it is; of kind account: the account itself
	ColID        = "id"          // the source's own id of the row
	ColAt        = "at"          // when it happened (Timing At)
	ColStarts    = "starts"      // first day (Timing Term)
	ColEnds      = "ends"        // first day after (Timing Term)
	ColValidFrom = "valid_from"  // since when (Timing Version)
	ColReceived  = "received_at" // when the company knew
	ColUpdated   = "updated_at"  // the source's time of the last change, orders corrections
)
