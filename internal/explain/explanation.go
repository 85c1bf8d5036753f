package explain

// Standing says how firm a place is.
type Standing string

// A place is certain; or held: stays what it was while others are possible; or
// provisional: taken at first because it was certain, while better ones were
// possible, and not settled since; or
// settled by counting what is missing as no; or it cannot be told; or every
// rule is false; or somebody has set it.
const (
	Certain     Standing = "certain"
	Held        Standing = "held"
	Provisional Standing = "provisional"
	MissingAsNo Standing = "missing_as_no"
	CantTell    Standing = "cant_tell"
	NoSegment   Standing = "unassigned"
	ByHand      Standing = "pinned"
)

// Truth is the answer of a condition.
type Truth string

// The answers.
const (
	Yes   Truth = "yes"
	No    Truth = "no"
	Maybe Truth = "cant_tell"
)

// Explanation says where one customer stands in one segmentation, and why.
// Texts are in the words of a customer success team; the other fields hold the
// same for programs. Lists without entries are empty, never null.
type Explanation struct {
	Customer          string `json:"customer"`
	CustomerName      string `json:"customer_name"`
	Grain             string `json:"grain"`
	AsOf              string `json:"as_of"`
	Segmentation      string `json:"segmentation"`
	SegmentationTitle string `json:"segmentation_title"`

	Segment      string   `json:"segment"` // "unknown" and "unassigned" are places beside the segments
	SegmentTitle string   `json:"segment_title"`
	SegmentWhy   string   `json:"segment_why,omitempty"` // what the strategy says it is for
	Touch        string   `json:"touch,omitempty"`
	Standing     Standing `json:"standing"`
	Previous     string   `json:"previous,omitempty"`
	Wait         *Wait    `json:"wait,omitempty"`   // before it moves
	Pinned       *Pin     `json:"pinned,omitempty"` // to the segment, whatever the rules say
	Possible     []Place  `json:"possible"`         // in their order; empty when nothing missing matters
	Missing      []Gap    `json:"missing"`          // what is lacking to tell

	Because *Condition `json:"because,omitempty"` // the rule of the segment; nil outside of all
	Missed  []Miss     `json:"missed"`            // the others up to the first whose rule is true, in their order

	Dimensions []Lens     `json:"dimensions"` // that the rules above read, in the strategy's order
	Values     []Reading  `json:"values"`     // metrics and traits behind them, each before what it is made of
	Changes    []Change   `json:"changes"`    // smallest share first, those without one last
	Questions  []Question `json:"questions"`  // what to find out

	Joined []string `json:"joined,omitempty"` // other records that count as this customer, since when, and who said so
	Erased []string `json:"erased,omitempty"` // what was erased and when, where a text above is gone
}

// Place is one segment.
type Place struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

// Gap is a metric or trait that is unknown.
type Gap struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Reason string `json:"reason"` // "no seats on record"
}

// Condition is a rule, or one part of it.
type Condition struct {
	Words  string      `json:"words"`
	Truth  Truth       `json:"truth"`
	Detail string      `json:"detail,omitempty"` // of a part without parts: the values behind it, or what is missing
	Join   string      `json:"join,omitempty"`   // how parts make the whole: all, any or not
	Parts  []Condition `json:"parts,omitempty"`
}

// Miss is an earlier segment that the customer did not get into, or that is
// still possible.
type Miss struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Truth Truth  `json:"truth"`

	// Because holds only what decides: the parts that are false, or those that
	// cannot be told. Text says the same.
	Because []Condition `json:"because"`
	Text    string      `json:"text"`
}

// Lens is the place in one dimension.
type Lens struct {
	Name       string     `json:"name"`
	Title      string     `json:"title"`
	Level      string     `json:"level"` // "" when it cannot be told
	LevelTitle string     `json:"level_title"`
	Of         string     `json:"of,omitempty"`       // the metric or trait that is cut
	Value      *float64   `json:"value"`              // what is cut: of it, the score from 0 to 1, or the points
	Shown      string     `json:"shown,omitempty"`    // the value in words
	Evidence   *float64   `json:"evidence,omitempty"` // share of a score's weight that is known
	Bounds     []Bound    `json:"bounds"`             // highest first; empty without order
	Up         *Distance  `json:"up,omitempty"`       // to the next level above
	Down       *Distance  `json:"down,omitempty"`     // to the next level below
	Parts      []Part     `json:"parts"`              // of a score or points
	Because    *Condition `json:"because,omitempty"`  // the rule of the level
	Wait       *Wait      `json:"wait,omitempty"`     // before the level changes
	Pinned     *Pin       `json:"pinned,omitempty"`   // to the level, whatever the value says
	Reason     string     `json:"reason,omitempty"`   // why it cannot be told
	Text       string     `json:"text"`
}

// Bound is where a level begins.
type Bound struct {
	Level string   `json:"level"`
	Title string   `json:"title"`
	From  *float64 `json:"from"` // nil: no lower bound, or no cut on the day
	Shown string   `json:"shown,omitempty"`
	Cut   string   `json:"cut,omitempty"` // where the bound moves with others: "highest 20 %"
}

// Distance is how far a level is.
type Distance struct {
	Level string   `json:"level"`
	By    float64  `json:"by"`    // in the unit of the value, more than or equal to 0
	Share *float64 `json:"share"` // By as a share of the value; nil where that is 0
	Text  string   `json:"text"`  // "$16,000 more for high"
}

// Part is one part of a score, or one rule that gives points.
type Part struct {
	Words  string   `json:"words"`
	Truth  Truth    `json:"truth"` // of points; of a score, yes or cant_tell
	Weight float64  `json:"weight"`
	Scaled *float64 `json:"scaled,omitempty"` // of a score: 0 to 1
	Detail string   `json:"detail"`
}

// Reading is a metric or trait and where it comes from.
type Reading struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Unit  string `json:"unit,omitempty"`
	Value any    `json:"value"` // number, text, yes or no, date as text; null when unknown
	More  bool   `json:"more"`  // the number is only known to be more than Value
	Shown string `json:"shown"`

	From    []string `json:"from"`              // metrics and traits it is computed from
	Formula string   `json:"formula,omitempty"` // in words
	Facts   *int64   `json:"facts,omitempty"`
	AgeDays *int     `json:"age_days,omitempty"` // of the newest fact
	Kind    string   `json:"kind,omitempty"`
	Span    string   `json:"span,omitempty"` // both days included
	Sources []string `json:"sources"`
	Notes   []string `json:"notes,omitempty"` // what else to know of the facts
	Assumed bool     `json:"assumed"`
	Reason  string   `json:"reason,omitempty"` // why it is unknown
	Text    string   `json:"text"`             // where it comes from, in one line
}

// Change is one metric or trait that, with all else as it is, would move the
// customer.
type Change struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Up      bool     `json:"up"`
	Value   *float64 `json:"value"`        // now; nil when it is only known to be more. Dates are days since 1970-01-01
	To      float64  `json:"to"`           // moves there, and not with less
	By      *float64 `json:"by"`           // |to - value|
	Share   *float64 `json:"share"`        // |to - value| as a share of the value, dates counted from the day; nil where that is 0
	On      string   `json:"on,omitempty"` // of days that are over: the day to come on which time alone has this effect
	Segment string   `json:"segment"`
	Text    string   `json:"text"` // "ARR up by $16,000 (19 %) would move it to Keep"

	Provisional bool `json:"provisional"` // other segments would still be possible
}

// Question is something unknown that matters.
type Question struct {
	Name     string    `json:"name"`
	Title    string    `json:"title"`
	Settles  bool      `json:"settles"` // whatever the answer, the place is certain then
	Segments []string  `json:"segments"`
	Outcomes []Outcome `json:"outcomes"`
	Text     string    `json:"text"`
}

// Outcome is where answers of a kind lead.
type Outcome struct {
	When    string `json:"when"` // "from $100,000"
	Segment string `json:"segment"`
	Certain bool   `json:"certain"`
}
