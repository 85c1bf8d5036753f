package query

import (
	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
)

// Definitions is the part of a strategy that decides results.
type Definitions struct {
	Currency         money.Currency
	Zone             period.Zone
	BaseWhen         *rule.Expr
	Quiet            metric.Quiet
	LateRenewalGrace int
	Parent           string // column of the kind account that makes families; "" is parent

	Kinds         []fact.Kind
	Metrics       []metric.Definition
	Dimensions    []dimension.Definition
	Segmentations []segmentation.Definition
	Audiences     []segmentation.Audience
	Order         []string          // metrics and dimensions, each after what it needs
	Hashes        map[string]string // of the lenses whose moves wait: of all that decides them
}

// Request says what is asked of the definitions.
type Request struct {
	Grain customer.Grain
	AsOf  period.Date

	// Only, when not nil, names the metrics, dimensions, segmentations and
	// audiences that the result must hold; what they need comes along.
	Only []string

	// Members is the table (customer, account) of a grain above the account.
	Members string
	// AccountResult is the result at the grain of the account, which rules of
	// the contact grain may ask.
	AccountResult  string
	AccountColumns []ResultColumn
	// Previous is the result that customers are held against; "" is none.
	Previous string
	// PreviousSegments are, by segmentation, the segments that its codes stand
	// for.
	PreviousSegments map[string][]string
	// PreviousByRule are, by segmentation that somebody was pinned in, the columns
	// of that result with where the rules had put customers.
	PreviousByRule map[string]string
	// Close is the placement of the close before; without a table, nobody has
	// stood anywhere.
	Close Close
}

// Stored says what the stored facts are like.
type Stored struct {
	Kinds      map[string]KindStats
	Coverage   map[string][]Coverage  // by kind
	SharedKeys bool                   // some account has several keys
	MovedKeys  bool                   // some key belonged to different accounts at different times
	Joined     bool                   // some account, or key of none, counts as another on some day
	Gaps       map[string]bool        // kinds of which rows of known ids were rejected: whether some still are
	Spaces     []string               // id spaces of accounts
	KnownAt    int64                  // the last batch that is read; 0 reads all
	Rates      map[string]money.Rate  // into the reporting currency
	ImportDays map[string]period.Date // by kind: since when undated versions hold
	Circular   map[Link][]int64       // rows whose link leads back to themselves, and so says nothing

	Code  func(domain, text string) (int64, bool)
	Codes func(domain string) int64 // number of codes, dense from 0
	Text  func(domain string, code int64) (string, bool)
}

// severalKeys reports whether facts must be joined to accounts before they are
// counted.
func (s Stored) severalKeys() bool { return s.SharedKeys || s.Joined }

// KindStats is about the stored facts of one kind.
type KindStats struct {
	Rows       int64
	First      int64 // UTC microseconds
	Superseded bool
	Retracted  period.Date // the last day from which a row holds no longer that held before; 0 is none
	Versions   bool
	Patched    bool
	Replaces   bool
	Assumed    bool
	Unmatched  bool // some rows were of no account when they were last looked at
	Currencies map[string][]string
	MaxAbs     map[string]int64
}

// Coverage is how far the silence of one source can be trusted.
type Coverage struct {
	Source   string
	Number   int32 // of the source, in the column _source of its facts
	Ids      string
	From, To period.Date // first and last day covered; From may be before all time
	Always   bool        // From does not matter: everything up to To
	Stale    bool        // To is too long before the date asked for
	Fresh    int         // days that may pass after To before it is; 0 is any
	Complete bool

	Blank []string          // columns of the kind that it does not give
	Fixed map[string]string // columns of which it always gives the same text
}

// Result describes the columns of a compiled result.
type Result struct {
	Plan    Plan
	Grain   customer.Grain
	Columns []ResultColumn
	Cuts    map[string]Plan // by dimension: (group columns, cut_0, cut_1 ...)
}

// ResultColumn is one column of a result.
type ResultColumn struct {
	Name   string // in the table
	Role   Role
	Of     string // the definition's name
	Type   rule.Type
	Domain string   // texts coded in this dictionary
	Labels []string // texts coded as an index
	None   string   // column that says "no fact at all"
	Bound  float64  // days that its absence covers
	Hash   string   `json:",omitempty"` // of a place whose moves wait: of its definition

	joined Expr // in a listing: where a trait of the account stands
}

// Role says what a column of a result holds.
type Role string

// The roles. An Open column holds, as bits, the segments that were still
// possible before the one taken.
const (
	RoleCustomer    Role = "customer"
	RoleName        Role = "name"
	RoleOwner       Role = "owner"
	RoleTrait       Role = "trait"
	RoleMetric      Role = "metric"
	RoleEarlier     Role = "earlier" // a metric from facts as of some days before: events__28d_ago
	RoleStatedThen  Role = "stated"  // a trait as of some days before: seats__28d_ago
	RoleOfAccount   Role = "account" // of a contact: what its account has, as account.arr
	RoleJudged      Role = "judged"  // whether a metric's own condition holds
	RoleOfContact   Role = "contact" // of a contact: what it says itself, as contact.role
	RoleNone        Role = "none"
	RoleLevel       Role = "level"
	RoleScore       Role = "score"
	RoleEvidence    Role = "evidence"
	RoleCut         Role = "cut"
	RoleSegment     Role = "segment"
	RoleOpen        Role = "open"
	RoleProvisional Role = "provisional"
	RoleUndecided   Role = "undecided" // whether another segment is still possible
	RolePrevious    Role = "previous"  // the segment before the run, as one of today's
	RoleUnsettled   Role = "unsettled" // whether that segment was provisional, and is still possible
	RoleAudience    Role = "audience"
	RoleHold        Role = "hold"  // of a lens whose moves wait: see HoldRaw
	RoleToday       Role = "today" // of such a lens: where the customer would stand without waits
	RoleWaits       Role = "waits" // of such a lens: whether that is elsewhere

	// Of a lens that somebody is pinned in.
	RolePin    Role = "pin"     // where to; NULL: is not
	RolePinned Role = "pinned"  // whether
	RoleByRule Role = "by_rule" // where the customer would stand otherwise
)

// Places are the roles of columns with a code of CodeUnknown or CodeUnassigned
// beside the indexes of segments.
var Places = []Role{RoleSegment, RoleByRule}

// OfLens are the roles of columns that are about a place: whether and why it is
// another than today's facts make it.
var OfLens = []Role{RoleUndecided, RoleProvisional, RoleToday, RoleWaits, RoleByRule, RolePinned}

// Codes of a segment column beside the index of a segment.
const (
	CodeUnknown    = -1
	CodeUnassigned = -2
)
