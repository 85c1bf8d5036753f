// Package suggest proposes how exports become facts, from what is in them:
// which kind of fact a file holds, whose it is, when it was, in which currency,
// with the reason for each and what only a person can know. It proposes as well
// where to cut customers into tiers.
//
// It decides on profiles of columns; reading files is for others.
package suggest

import "github.com/segue-cs/segue/internal/fact"

// Confidence is how sure a proposal is.
type Confidence string

// A proposal is Sure when the file is one of a known tool or says plainly what
// it is, Likely when most of it fits, and a Guess otherwise.
const (
	Sure   Confidence = "sure"
	Likely Confidence = "likely"
	Guess  Confidence = "a guess"
)

// Request asks for a proposal.
type Request struct {
	Tables  []Table
	Kinds   []fact.Kind       // of the catalogue, and those of the strategy
	Taken   []string          // names of sources that the strategy has
	Traits  []string          // names of traits that the strategy has
	Read    []string          // names of tables that the strategy reads already
	Answers map[string]string // by the key of the question

	// Accounts says how the strategy reads accounts from some of the tables.
	Accounts    map[string]KnownAccounts
	HasAccounts bool // the strategy reads accounts, from whatever files

	// What is known of the strategy; "" is nothing.
	Currency string
	Owner    string // the column from which it takes the owners of accounts
}

// KnownAccounts is a file from which the strategy reads accounts.
type KnownAccounts struct {
	Key    string            // the column with the id of the account
	Spaces map[string]string // further id spaces, and their columns
	Asked  bool              // the file is among those that were asked about
}

// Proposal says how files become facts.
type Proposal struct {
	Currency  string     `json:"currency"`       // the reporting currency
	Base      string     `json:"base,omitempty"` // who is a customer; "" is every account
	Kinds     []string   `json:"fact_kinds,omitempty"`
	Traits    []Trait    `json:"traits,omitempty"`
	Sources   []Source   `json:"sources"` // accounts first
	Skipped   []Skipped  `json:"skipped,omitempty"`
	Questions []Question `json:"questions,omitempty"`
	Notes     []string   `json:"notes,omitempty"`

	owners   int64    // different people who look after accounts
	areCSMs  bool     // these are CSMs
	readable []string // kinds that an answer may say
}

// Source is one entry of `sources:`.
type Source struct {
	Name       string     `json:"name"`
	Title      string     `json:"title"`
	Files      []string   `json:"files"`
	Sheet      string     `json:"sheet,omitempty"` // of a workbook with several
	Table      string     `json:"table"`           // that was looked at
	Rows       int64      `json:"rows"`
	Refused    int64      `json:"rows_refused,omitempty"` // beside them: they cannot be read
	Kind       string     `json:"fact"`
	Confidence Confidence `json:"confidence"`
	Why        string     `json:"why"`

	Dates   string            `json:"dates,omitempty"` // layout of all its dates
	Missing []string          `json:"missing,omitempty"`
	Header  [2]int            `json:"header,omitzero"` // rows that name the columns, and which does alone; 0 is one, and all
	Unpivot *Unpivot          `json:"unpivot,omitempty"`
	Split   *Split            `json:"split,omitempty"`
	Fresh   string            `json:"fresh_within,omitempty"` // where it differs from that of the fact kind
	Mode    string            `json:"rows_mode,omitempty"`    // append, patch or snapshot; "" is append
	Ids     string            `json:"ids,omitempty"`
	Keys    map[string]string `json:"keys,omitempty"`
	Recipe  string            `json:"recipe,omitempty"` // in place of columns
	Names   map[string]string `json:"names,omitempty"`  // of the recipe, where the file calls columns otherwise
	Where   []string          `json:"where,omitempty"`  // which rows count: all of these hold

	WhereWhy []string `json:"where_why,omitempty"`

	Columns []Binding `json:"columns"`
	Left    []Left    `json:"left_out,omitempty"`

	readings []string // names of readings, where they are few
}

// Binding fills one column of the fact kind.
type Binding struct {
	To           string            `json:"to"`
	From         string            `json:"from,omitempty"`
	Else         []string          `json:"else,omitempty"`  // in place of From where that is empty
	Value        string            `json:"value,omitempty"` // for every row, in place of From
	Is           string            `json:"is,omitempty"`    // a formula over the columns of the file
	Dates        string            `json:"dates,omitempty"`
	Numbers      string            `json:"numbers,omitempty"` // "" finds out
	Currency     string            `json:"currency,omitempty"`
	CurrencyFrom string            `json:"currency_from,omitempty"`
	Minor        bool              `json:"minor,omitempty"` // amounts are in cents
	Values       map[string]string `json:"values,omitempty"`
	KnownFrom    string            `json:"known_from,omitempty"`
	Why          string            `json:"why"`
	Examples     []string          `json:"examples,omitempty"`

	personal bool // the examples are about someone: the file that is kept does not have them
}

// Trait is one entry of `traits:`.
type Trait struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Title string `json:"title"`
	Why   string `json:"why,omitempty"`

	Personal bool `json:"personal,omitempty"` // it is about a person
}

// Left is a column that is not read.
type Left struct {
	Column string `json:"column"`
	Why    string `json:"why"`
}

// Skipped is a file that is not read.
type Skipped struct {
	Table string `json:"table"`
	Why   string `json:"why"`
	Name  string `json:"name,omitempty"` // by which an answer says what it holds, where the file does not
}

// Question is what the files do not say.
type Question struct {
	Key     string   `json:"key"`
	Text    string   `json:"text"`
	Choices []Choice `json:"choices,omitempty"` // none takes any text
	Preset  string   `json:"preset,omitempty"`  // what is taken without an answer; "" cannot do without
	Answer  string   `json:"answer,omitempty"`
}

// Choice is one answer to a question.
type Choice struct {
	Answer string `json:"answer"`
	Means  string `json:"means"`
}

// Open returns the questions that nothing can be done without.
func (p Proposal) Open() []Question {
	var open []Question
	for _, q := range p.Questions {
		if q.Answer == "" && q.Preset == "" {
			open = append(open, q)
		}
	}
	return open
}

// Source returns the first source of a fact kind.
func (p Proposal) Source(kind string) (Source, bool) {
	for _, s := range p.Sources {
		if s.Kind == kind {
			return s, true
		}
	}
	return Source{}, false
}

// AccountSources returns how many sources list accounts.
func (p Proposal) AccountSources() int {
	n := 0
	for _, s := range p.Sources {
		if s.Kind == fact.AccountKind {
			n++
		}
	}
	return n
}

// Binding returns what fills a column of the fact kind.
func (s Source) Binding(to string) (Binding, bool) {
	for _, b := range s.Columns {
		if b.To == to {
			return b, true
		}
	}
	return Binding{}, false
}
