package rule

// Type is what kind of value an expression has.
type Type uint8

// The types of the language. TypeNone is the zero value: no type.
const (
	TypeNone     Type = iota
	TypeBool          // true or false
	TypeNumber        // float64
	TypeText          // UTF-8
	TypeTime          // wall-clock microseconds in the reporting zone
	TypeDuration      // microseconds, may be negative
	TypeTextList      // texts in a stated order, repeats allowed
)

var typeWords = [...]string{"nothing", "yes or no", "a number", "text", "a date", "a length of time", "a list of texts"}

// String returns the type as the complement of "is": a number, text, a date.
func (t Type) String() string {
	if int(t) >= len(typeWords) {
		return typeWords[TypeNone]
	}
	return typeWords[t]
}

// Unit is what a number counts: "money", "ratio", "days", "count", or a word
// that the strategy declares, such as "seats". The empty unit is not known and
// goes with any other.
type Unit string

// The units that the language itself deals in.
const (
	UnitNone  Unit = ""
	UnitMoney Unit = "money"
	UnitRatio Unit = "ratio"
	UnitDays  Unit = "days"
	UnitCount Unit = "count"
)

// words returns the unit as what follows a subject: "is money".
func (u Unit) words() string {
	switch u {
	case UnitNone:
		return "has no unit"
	case UnitMoney:
		return "is money"
	case UnitRatio:
		return "is a ratio"
	case UnitDays:
		return "is in days"
	case UnitCount:
		return "is a count"
	default:
		return "counts " + string(u)
	}
}

// fits reports whether numbers of the two units can be added or compared.
func (u Unit) fits(v Unit) bool { return u == v || u == UnitNone || v == UnitNone }

// join returns the unit of a sum or choice of two that fit.
func (u Unit) join(v Unit) Unit {
	if u == UnitNone {
		return v
	}
	return u
}

// times returns the unit of a product. A literal is a plain factor.
func (u Unit) times(v Unit, uLiteral, vLiteral bool) Unit {
	switch {
	case vLiteral || v == UnitRatio && !uLiteral:
		return u
	case uLiteral || u == UnitRatio:
		return v
	default:
		return UnitNone
	}
}

// over returns the unit of a quotient. A literal is a plain divisor.
func (u Unit) over(v Unit, vLiteral bool) Unit {
	switch {
	case vLiteral:
		return u
	case u == UnitNone || v == UnitNone:
		return UnitNone
	case u == v:
		return UnitRatio
	case v == UnitRatio:
		return u
	default:
		return UnitNone
	}
}

// Variable is a name that conditions may use.
type Variable struct {
	Name string // a word, or two with a dot: "arr", "account.arr"
	Type Type
	Unit Unit // of a number

	// Levels is the closed set of texts that the variable, or each item of a
	// list, can have. Nil is open. A closed set has no order.
	Levels []string

	Shiftable bool   // may stand in ago(x, 28d)
	Title     string // how screens call it; empty is Name
}
