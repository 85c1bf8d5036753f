package warehouse

import "github.com/segue-cs/segue/internal/fact"

// Erased is what stands where a text about someone was.
const Erased = "(erased)"

// Subject names a person or an account by the id of a source.
type Subject struct {
	Family string // "contact" or "account"
	Space  string // id space; "" is "main"
	ID     string
}

// Families of ids.
const (
	Accounts = "account"
	Contacts = "contact"
)

// Key is an id that a source knows someone by. Number is what facts hold in
// its place.
type Key struct {
	Number int64
	Family string
	Space  string
	ID     string
}

// Personal is what is stored of a subject: its ids, and how many facts mention
// it.
type Personal struct {
	Keys     []Key   // of an account: all of its ids, and those of people who are known only there
	Accounts []int64 // the account itself, and those that own the facts
	Kinds    []PersonalKind
}

// Facts returns the number of facts of all kinds.
func (p Personal) Facts() int64 {
	var n int64
	for _, k := range p.Kinds {
		n += k.Facts
	}
	return n
}

// PersonalKind counts the facts of one kind that mention a subject.
type PersonalKind struct {
	Kind  string
	Facts int64
	Texts []PersonalText
}

// PersonalText is a personal column with texts about a subject; Examples are a
// few of them.
type PersonalText struct {
	Column   fact.Column
	Facts    int64
	Examples []string
}

// Erasing says what to erase. Doing it again changes nothing more.
type Erasing struct {
	Batch   int64
	Keys    []ErasedKey
	Results []ResultTexts
}

// ErasedKey is an id that is erased, by its number, and the made-up one that
// takes its place.
type ErasedKey struct {
	Number    int64
	Family    string
	Space     string
	Surrogate string
}

// ResultTexts says where a table of results holds texts.
type ResultTexts struct {
	Table string
	// Of gives the first and the last number of the customers that a key or an
	// account stands for.
	Of func(family string, number int64) (from, to int64, ok bool)
	// Coded are columns with codes, and the dictionaries that these are of.
	Coded map[string]string
	// Plain are columns with the texts themselves.
	Plain []string
}
