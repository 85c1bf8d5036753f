package demo

// country is where an account sits and what follows from that.
type country struct {
	code     string // ISO 3166
	region   string
	language string // ISO 639
	tongue   int    // index of tongues: how companies and people are named
	currency int    // index of currencies, of contracts not in USD
	southern bool
	gulf     bool    // weekend on Friday and Saturday
	weight   float64 // share of the base
	zones    []uint8 // indexes of zones
}

// zones are the time zones that accounts are in.
var zones = []string{
	"America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", // 0-3
	"America/Toronto", "America/Vancouver", "America/Sao_Paulo", "America/Mexico_City", // 4-7
	"Europe/London", "Europe/Berlin", "Europe/Paris", "Europe/Amsterdam", // 8-11
	"Europe/Madrid", "Europe/Rome", "Europe/Stockholm", "Europe/Warsaw", // 12-15
	"Europe/Zurich", "Asia/Riyadh", "Asia/Kolkata", "Asia/Tokyo", // 16-19
	"Australia/Sydney", "Australia/Adelaide", "Asia/Singapore", "Africa/Johannesburg", // 20-23
}

const (
	americas = "Americas"
	emea     = "EMEA"
	apac     = "APAC"
)

// countries lists where accounts are. A vendor from the United States sells
// about half of its contracts at home.
var countries = []country{
	{"US", americas, "en", english, usd, false, false, 46, []uint8{0, 0, 1, 1, 2, 3, 3}},
	{"CA", americas, "en", english, usd, false, false, 4, []uint8{4, 4, 5}},
	{"CA", americas, "fr", french, usd, false, false, 1.5, []uint8{4}},
	{"BR", americas, "pt", portuguese, usd, true, false, 2.5, []uint8{6}},
	{"MX", americas, "es", spanish, usd, false, false, 1.5, []uint8{7}},
	{"GB", emea, "en", english, gbp, false, false, 9, []uint8{8}},
	{"DE", emea, "de", german, eur, false, false, 7.5, []uint8{9}},
	{"FR", emea, "fr", french, eur, false, false, 5, []uint8{10}},
	{"NL", emea, "en", german, eur, false, false, 2.5, []uint8{11}},
	{"ES", emea, "es", spanish, eur, false, false, 2, []uint8{12}},
	{"IT", emea, "it", italian, eur, false, false, 2, []uint8{13}},
	{"SE", emea, "sv", swedish, eur, false, false, 2, []uint8{14}},
	{"PL", emea, "pl", polish, eur, false, false, 2, []uint8{15}},
	{"CH", emea, "de", german, eur, false, false, 1.5, []uint8{16}},
	{"SA", emea, "en", english, usd, false, true, .8, []uint8{17}},
	{"ZA", emea, "en", english, usd, true, false, 1, []uint8{23}},
	{"IN", apac, "en", indian, usd, false, false, 3, []uint8{18}},
	{"JP", apac, "ja", japanese, jpy, false, false, 3.5, []uint8{19}},
	{"AU", apac, "en", english, usd, true, false, 3, []uint8{20, 20, 21}},
	{"SG", apac, "en", english, usd, false, false, 1.2, []uint8{22}},
}

// industry is what an account does, and how that shapes its rhythm and purse.
type industry struct {
	name   string
	weight float64
	purse  float64 // what it can spend per employee, against the average
	sales  float64 // yearly revenue per employee, USD
}

const (
	retail    = 2
	education = 5
)

var industries = []industry{
	{"Software", 15, 1.7, 220_000},
	{"Manufacturing", 14, .8, 260_000},
	{"Retail", 10, .7, 240_000},
	{"Financial Services", 11, 1.9, 420_000},
	{"Healthcare", 10, 1, 160_000},
	{"Education", 7, .5, 90_000},
	{"Logistics", 7, .8, 190_000},
	{"Media", 5, 1.1, 200_000},
	{"Public Sector", 6, .7, 110_000},
	{"Energy", 4, 1.3, 600_000},
	{"Professional Services", 8, 1.2, 170_000},
	{"Hospitality", 3, .5, 80_000},
}

// Currencies of contracts. Rates are what one unit was worth in USD at the
// start of the series; the list price is set in USD.
const (
	usd = iota
	eur
	gbp
	jpy
)

var currencies = []struct {
	code     string
	exponent int
	rate     float64
	swing    float64 // standard deviation of a month's change, as logarithm
}{
	{"USD", 2, 1, 0},
	{"EUR", 2, 1.09, .018},
	{"GBP", 2, 1.27, .019},
	{"JPY", 0, .0069, .022},
}

// products are what the vendor sells.
var products = []string{"Core", "Insights", "Automate"}

const (
	core = iota
	insights
	automate
	productCount
)

// needs are what accounts want from the vendor. Which one is true of an
// account shapes the features it uses; it shows elsewhere only in interviews.
//
// Source: DOMAIN.md 1.1 row 7, needs personas.
var needs = []string{"cut_cost", "grow_revenue", "prove_compliance", "see_clearly", "save_time"}

// departments of a company, which are also its lines of business.
var departments = []string{"Finance", "Operations", "Marketing", "Sales", "IT", "Human Resources", "Customer Service"}
