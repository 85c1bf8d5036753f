package fact

// Row is one fact, typed and not yet stored. Its texts are valid until the
// next row is decoded.
type Row struct {
	Line    int    // in the file
	Account []byte // the source's own key; of kind account the account itself; nil is none
	ID      []byte // the source's own id of the row; nil is none

	At              int64 // when it was true, UTC microseconds; first day for terms and versions
	AtAssumed       bool  // not said by the source
	Received        int64 // when the company knew, UTC microseconds
	ReceivedAssumed bool
	Updated         int64 // the source's time of the last change, 0 is not said

	Values []Value // one for each of Kind.Columns, in order
}

// Value is what a column holds.
type Value struct {
	Missing  bool
	Int      int64  // number: millionths; money: minor units; date: days; time: UTC microseconds; bool: 0 or 1
	Text     []byte // text; account, contact: the source's own key
	Currency string // money
}

// Rejection is a row, or a cell, that could not become a fact.
type Rejection struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column string `json:"column,omitempty"`
	Value  string `json:"value,omitempty"`
	Reason string `json:"reason"`
}
