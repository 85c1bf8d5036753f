package spec

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
)

// The scalars.
var (
	anyText    = &shape{what: "a text"}
	aName      = matching("a name of small letters, figures and _", `[a-z][a-z0-9_]*`)
	ownName    = matching("a name of small letters, figures and single _", `[a-z][a-z0-9]*(_[a-z0-9]+)*_?`)
	traitName  = matching("the name of a trait, or contact.NAME", `(contact\.)?[a-z][a-z0-9_]*`)
	freeName   = &shape{what: "a name"}
	expression = &shape{what: "a condition", doc: "A condition in CEL over metrics, traits and levels."}
	rowFormula = &shape{what: "a formula", doc: "A formula in CEL over the columns of the file, which are texts."}
	number     = &shape{kind: ofNumber, what: "a number"}
	boolean    = &shape{kind: ofBool, what: "true or false"}
	onlyTrue   = &shape{kind: ofBool, what: "true", words: []string{"true"}}
	day        = &shape{what: "a day such as 2026-01-31"}
	monthDay   = matching("a month and day such as 02-01", `(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])`)
	share      = matching("a share such as 80% or 0.8", `(100|[0-9]?[0-9](\.[0-9]+)?)%|0(\.[0-9]+)?|1`)
	margin     = matching("a share such as 10%, or a number in the metric's unit", `[0-9]+(\.[0-9]+)?%?`)
	rollUp     = matching("top, any, worst or largest by METRIC", `top|any|worst|largest by [a-z][a-z0-9_]*`)
	typeWord   = oneWord("text", "number", "money", "date", "time", "bool", "account", "contact")
	traitType  = oneWord("text", "number", "money", "date", "time", "bool", "account")
	days       = &shape{what: "days or weeks such as 28d or 8w", pattern: regexp.MustCompile(`^[0-9]{1,5}[dw]$`), advice: adviseDays}
	review     = oneWord("monthly", "quarterly", "yearly")
)

func adviseDays(text string) string {
	if m := regexp.MustCompile(`^([0-9]{1,3}) ?(m|mo|months?)$`).FindStringSubmatch(text); m != nil {
		return "months differ in length: write days, such as " + strings.TrimLeft(fmt.Sprint(30*atoi(m[1])), "0") + "d"
	}
	if m := regexp.MustCompile(`^([0-9]{1,3}) ?(y|years?)$`).FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("write days, such as %dd", 365*atoi(m[1]))
	}
	if regexp.MustCompile(`^[0-9]+$`).MatchString(text) {
		return fmt.Sprintf("write %sd for days or %sw for weeks", text, text)
	}
	return ""
}

var textOrTexts = either("a text or a list of texts", anyText, listOf(anyText))

// grainShape takes `account`, or `{entity: department}`.
var grainShape = either("a grain: account, parent, contact, account x product or {entity: NAME}",
	matching("account, parent, contact, account x product or {entity: NAME}", `account|parent|contact|account x product|entity: ?[a-z][a-z0-9_ ]*`),
	record(field{key: "entity", shape: anyText, required: true, doc: "What the account is in its family: company, department, site."}))

// described are the keys that every definition may have.
func described(fields ...field) []field {
	return append([]field{
		{key: "title", shape: anyText, doc: "How screens call it; else the name as words."},
		{key: "why", shape: anyText, doc: "What it is for, in a sentence."},
	}, fields...)
}

var citesField = field{key: "cites", shape: textOrTexts, doc: "Where the definition comes from."}

var traitShape = either("a type, or a mapping with one", traitType, record(
	field{key: "type", shape: traitType, required: true, doc: "What the trait holds."},
	field{key: "title", shape: anyText, doc: "How screens call it."},
	field{key: "why", shape: anyText, doc: "What it is for."},
	field{key: "unit", shape: aName, doc: "What a number counts."},
	field{key: "values", shape: listOf(anyText), doc: "The texts that it can have; without it any."},
	field{key: "personal", shape: boolean, doc: "A text about someone: segue erase takes it away with them."},
	field{key: "fixed", shape: boolean, doc: "An undated value holds always, not from the day of import."},
	field{key: "roll", shape: rollUp, doc: "Whose value counts for a whole family."},
))

var columnShape = either("a type, or a mapping with one", typeWord, record(
	field{key: "type", shape: typeWord, required: true, doc: "What the column holds."},
	field{key: "title", shape: anyText, doc: "How screens call it."},
	field{key: "why", shape: anyText, doc: "What it is for."},
	field{key: "unit", shape: aName, doc: "What a number counts."},
	field{key: "values", shape: listOf(anyText), doc: "The texts that it can have; without it any."},
	field{key: "required", shape: boolean, doc: "A row without it is rejected."},
	field{key: "domain", shape: matching("a name such as contract.id", `[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?`), doc: "Columns of one domain share their texts."},
	field{key: "open", shape: boolean, doc: "A date without a value is known to be none."},
	field{key: "personal", shape: boolean, doc: "A text about someone: segue erase takes it away with them."},
	field{key: "fixed", shape: boolean, doc: "Kind account: an undated value holds always."},
	field{key: "roll", shape: rollUp, doc: "Kind account: whose value counts for a whole family."},
))

var kindShape = record(described(
	field{key: "timing", shape: oneWord("at", "term", "version"), required: true, doc: "at: happens at an instant; term: holds from starts to ends; version: holds until the next."},
	field{key: "coverage", shape: oneWord("state", "sparse", "flow"), doc: "How far the absence of rows can be trusted: flow up to the last complete day, the others up to the day of import."},
	field{key: "fresh_within", shape: either("days such as 35d, or never", matching("days such as 35d, or never", `[0-9]{1,5}[dw]|never`)), doc: "After how long without new rows a source is stale."},
	field{key: "key", shape: listOf(aName), doc: "The columns that tell one fact from another."},
	field{key: "columns", shape: dictOf("column", aName, columnShape), required: true, doc: "What a row holds."},
)...)

var bindingShape = either("a column of the file, or a mapping", anyText, record(
	field{key: "from", shape: anyText, doc: "The column of the file, or enough of its name and a *; else the one of the same name."},
	field{key: "else", shape: textOrTexts, needs: "from", doc: "Of a text: the columns in its place where it is empty, the first that is filled. A row without the id of its account stands under the account's name until segue match says whose it is: account: {from: Customer No, else: Bill-to name}."},
	field{key: "value", shape: anyText, doc: "The same value for every row."},
	field{key: "product", shape: listOf(anyText), doc: "The product of these columns of the file."},
	field{key: "is", shape: rowFormula, doc: "A formula over the columns of the file, such as number(amount) * 12."},
	field{key: "dates", shape: anyText, doc: "How dates are written, such as d/m/Y."},
	field{key: "numbers", shape: numberStyle, doc: "How numbers are written."},
	field{key: "currency", shape: anyText, doc: "The currency of the amounts, such as USD."},
	field{key: "currency_from", shape: anyText, doc: "The column with the currency."},
	field{key: "minor", shape: boolean, doc: "Amounts are in cents."},
	field{key: "values", shape: dictOf("value", freeName, anyText), doc: "What is written, and what it means."},
	field{key: "known_from", shape: anyText, doc: "The column with the day since which the value was known."},
))

// numberStyle says which sign stands before the decimals.
var numberStyle = oneWord(fact.NumberStyles...)

var headerShape = either("none, or a mapping with row, rows or names", oneWord("none"), record(
	field{key: "row", shape: lineNumber, doc: "The line on which it begins."},
	field{key: "rows", shape: rowCount, doc: "How many rows it has; what stands over a column is joined, and a name that still comes twice is numbered."},
	field{key: "names", shape: rowCount, needs: "rows", doc: "Which of its rows names the columns, from 1; else all are joined."},
))

var (
	lineNumber = matching("the number of a line", `[1-9][0-9]{0,5}`)
	rowCount   = matching("a number from 1 to 20", `1?[1-9]|10|20`)
)

var sourceShape = sourceRecord(
	field{key: "files", shape: textOrTexts, doc: "Patterns of files, relative to the strategy."},
	field{key: "like", shape: aName, doc: "Another source: its files, and how they are written, unless said here."},
	field{key: "fact", shape: aName, doc: "The fact kind that the rows become."},
	field{key: "recipe", shape: aName, doc: "A ready-made mapping of the catalogue; what is said here goes before it."},
	field{key: "rows", shape: oneWord("append", "patch", "snapshot"), doc: "append adds, patch touches only the columns present, snapshot also retracts what is no longer listed."},
	field{key: "format", shape: oneWord("csv", "ndjson", "parquet", "xlsx"), doc: "Else by the file's ending."},
	field{key: "encoding", shape: oneWord(fact.Encodings...), doc: "How letters are stored; else it is detected, and said."},
	field{key: "delimiter", shape: anyText, doc: "What separates the fields: one character, tab, or spaces for any number of them; else it is detected."},
	field{key: "header", shape: headerShape, doc: "Where the names of the columns stand; else in the first row after a title."},
	field{key: "sheet", shape: anyText, doc: "The sheet of a workbook; else its only one."},
	field{key: "footer", shape: oneWord("drop", "keep"), doc: "drop leaves out totals and footers at the file's end, and lists them, the default; keep takes them as rows."},
	field{key: "missing", shape: textOrTexts, doc: "Texts that mean no value."},
	field{key: "timezone", shape: anyText, doc: "Of times without an offset; else the reporting zone."},
	field{key: "dates", shape: anyText, doc: "How dates are written, such as d/m/Y; else each column decides for itself as a whole, and it is said."},
	field{key: "years_from", shape: matching("a year such as 1950", `(19|20)[0-9][0-9]`), doc: "Years of two digits lie in the hundred years from this one; else from 1969."},
	field{key: "numbers", shape: numberStyle, doc: "How numbers are written; else each column decides for itself as a whole, and it is said."},
	field{key: "ids", shape: freeName, doc: "The id space of the account keys; else main."},
	field{key: "contact_ids", shape: freeName, doc: "The id space of the contact keys; else main."},
	field{key: "keys", shape: dictOf("id space", freeName, anyText), doc: "Kind account: further id spaces and their columns."},
	field{key: "covers", shape: record(
		field{key: "from", shape: day, doc: "The first day covered."},
		field{key: "to", shape: day, doc: "The last day covered."},
	), doc: "The days for which the absence of rows means that there was nothing."},
	field{key: "fresh_within", shape: either("days such as 35d, or never", matching("days such as 35d, or never", `[0-9]{1,5}[dw]|never`)), doc: "After how long without new rows it is stale."},
	field{key: "complete", shape: boolean, doc: "No row for a customer means that there is none, whether or not a key matches."},
)

var metricShape = metricRecord()

func metricRecord() *shape {
	s := record(described(
		citesField,
		field{key: "unit", shape: aName, doc: "What it counts: money, ratio, days, or a word of your own."},
		field{key: "from", shape: aName, doc: "The fact kind that is aggregated."},
		field{key: "count", shape: onlyTrue, needs: "from", doc: "The number of facts."},
		field{key: "sum", shape: aName, needs: "from", doc: "The sum of a column."},
		field{key: "avg", shape: aName, needs: "from", doc: "The average of a column."},
		field{key: "min", shape: aName, needs: "from", doc: "The least value of a column."},
		field{key: "max", shape: aName, needs: "from", doc: "The largest value of a column."},
		field{key: "first", shape: aName, needs: "from", doc: "The earliest value of a column."},
		field{key: "last", shape: aName, needs: "from", doc: "The latest value of a column."},
		field{key: "count_distinct", shape: aName, needs: "from", doc: "The number of different values of a column."},
		field{key: "active_days", shape: onlyTrue, needs: "from", doc: "The number of different days with a fact."},
		field{key: "since", shape: onlyTrue, needs: "from", doc: "The days since the last fact."},
		field{key: "where", shape: expression, needs: "from", doc: "Which facts count: a condition over the columns of the fact kind."},
		field{key: "over", shape: days, needs: "from", doc: "The last days or weeks, up to the date."},
		field{key: "between", shape: listOf(day), needs: "from", doc: "A fixed span: [from, to), the second day excluded."},
		field{key: "is", shape: expression, doc: "A formula over other metrics and traits."},
		field{key: "when", shape: expression, needs: "is", doc: "Where this condition does not hold, the metric is not judged, and unknown: a change from next to nothing, say."},
		field{key: "rank", shape: aName, doc: "A metric: the standing among peers, 0 to 1."},
		field{key: "within", shape: either("a name or a list of names", aName, listOf(aName)), needs: "rank", doc: "The peers: traits or dimensions."},
		field{key: "missing", shape: number, doc: "The value where facts say nothing; else it is unknown."},
		field{key: "treated", shape: boolean, doc: "Our own work drives it: predictions leave it out."},
	)...)
	var aggregates []string
	for _, a := range metric.Aggregates {
		aggregates = append(aggregates, string(a))
	}
	s.choose = []choice{{keys: []string{"from", "is", "rank"}}, {given: "from", keys: aggregates}}
	return s
}

var waitShape = record(
	field{key: "margin", shape: margin, doc: "How far beyond the bound, as a share of it or in the metric's unit."},
	field{key: "confirm", shape: days, doc: "How many closing days in a row."},
	field{key: "dwell", shape: days, doc: "The least stay since the last move."},
)

var holdShape = record(
	field{key: "up", shape: waitShape, doc: "Before a move up."},
	field{key: "down", shape: waitShape, doc: "Before a move down."},
	field{key: "review", shape: review, doc: "Moves happen on review days only."},
	field{key: "grace", shape: days, doc: "New customers do not move for so long."},
	field{key: "freeze", shape: record(
		field{key: "from", shape: monthDay, required: true, doc: "First day without moves."},
		field{key: "to", shape: monthDay, required: true, doc: "Last day without moves."},
	), doc: "A span of the year without moves."},
)

var levelShape = either("a bound, a condition, or a mapping with one", anyText, record(
	field{key: "title", shape: anyText, doc: "How screens call it."},
	field{key: "bound", shape: matching("a number or a percentile such as p80", numberPattern+`|`+percentilePattern), doc: "The lower bound: a number, or a percentile such as p80."},
	field{key: "cumulative", shape: share, doc: "The customers that hold this first share of the sum."},
	field{key: "when", shape: expression, doc: "The condition of this level."},
))

const (
	numberPattern     = `[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?`
	percentilePattern = `p(100|[0-9]?[0-9](\.[0-9]+)?)`
)

var dimensionShape = dimensionRecord()

func dimensionRecord() *shape {
	s := record(described(
		citesField,
		field{key: "of", shape: aName, doc: "The metric or numeric trait that is cut at the bounds of the levels."},
		field{key: "bound", shape: oneWord("at", "above"), needs: "of", doc: "at: the bound itself is in, the default; above: it is not."},
		field{key: "within", shape: either("a name or a list of names", aName, listOf(aName)), needs: "of", doc: "Percentiles within each group: traits or dimensions."},
		field{key: "review", shape: review, needs: "of", doc: "When percentiles are cut anew; else at every run."},
		field{key: "score", shape: listOf(record(
			field{key: "of", shape: aName, required: true, doc: "A metric or numeric trait."},
			field{key: "from", shape: number, required: true, doc: "The value that scores 0."},
			field{key: "to", shape: number, required: true, doc: "The value that scores 1."},
			field{key: "weight", shape: number, doc: "Its weight; else 1."},
		)), doc: "A weighted mean of numbers, each scaled to 0..1."},
		field{key: "min_evidence", shape: share, needs: "score", doc: "The share of the weight that must be known; else all of it."},
		field{key: "points", shape: listOf(record(
			field{key: "when", shape: expression, required: true, doc: "A condition."},
			field{key: "points", shape: number, required: true, doc: "The points that it gives."},
		)), doc: "A sum of points, cut at the bounds of the levels."},
		field{key: "trait", shape: traitName, doc: "A trait whose values are the levels, or contact.NAME of persons."},
		field{key: "levels", shape: dictOf("level", aName, levelShape), doc: "The levels, highest first."},
		field{key: "hold", shape: holdShape, doc: "The wait before a move."},
	)...)
	s.choose = []choice{{keys: []string{"levels", "trait"}}}
	return s
}

var segmentShape = either("a condition, or a mapping with one", expression, record(described(
	field{key: "when", shape: expression, required: true, doc: "The condition; the first segment whose condition is true is taken."},
	field{key: "touch", shape: oneWord("high", "hybrid", "tech"), doc: "The touch model."},
	field{key: "was", shape: aName, doc: "The name before a rename."},
)...))

var segmentationShape = record(described(
	citesField,
	field{key: "customer", shape: grainShape, doc: "What counts as one customer; else as in the strategy."},
	field{key: "on_unknown", shape: oneWord("hold", "unknown", "no"), doc: "What happens where missing data could change the segment."},
	field{key: "ordered", shape: boolean, doc: "Segments stand best first, so that a move is up or down."},
	field{key: "segments", shape: dictOf("segment", aName, segmentShape), required: true, doc: "The segments; the first that is true is taken."},
	field{key: "hold", shape: holdShape, doc: "The wait before a move."},
)...)

var audienceShape = either("a condition, or a mapping with one", expression, record(described(
	field{key: "customer", shape: grainShape, doc: "What counts as one customer."},
	field{key: "when", shape: expression, required: true, doc: "Who is in it."},
)...))

var matchShape = record(
	field{key: "id", shape: textOrTexts, doc: "Traits of which no two companies have the same: a VAT, DUNS or LEI number, the id in another system."},
	field{key: "domain", shape: textOrTexts, doc: "Traits that hold a web or e-mail address; else those called domain, website, web_site, url, email or e_mail."},
	field{key: "name", shape: textOrTexts, doc: "Traits that hold another name, such as the legal one, beside name."},
	field{key: "country", shape: anyText, doc: "The trait that says in which country the company is; else country."},
	field{key: "shared", shape: either("a domain or a list of them", sharedDomain, listOf(sharedDomain)), doc: "Domains that many companies have in common, such as a reseller's: they say nothing. Those of providers of mail never do."},
)

var sharedDomain = matching("a domain such as reseller.com", `[^\s/@:]+\.[^\s/@:]+`)

// strategyShape is what any file of a strategy may hold.
var strategyShape = record(
	field{key: "name", shape: anyText, doc: "The strategy's name."},
	field{key: "title", shape: anyText, doc: "How screens call it."},
	field{key: "currency", shape: anyText, doc: "The reporting currency, such as USD."},
	field{key: "timezone", shape: anyText, doc: "The reporting zone, such as Europe/Berlin: what a day is."},
	field{key: "fiscal_year_starts", shape: monthDay, doc: "The first day of the fiscal year, such as 02-01."},
	field{key: "customer", shape: grainShape, doc: "What counts as one customer."},
	field{key: "base", shape: record(
		field{key: "when", shape: expression, required: true, doc: "Who is a customer on a date."},
	), doc: "Who is a customer on a date."},
	field{key: "fx", shape: record(
		field{key: "basis", shape: day, required: true, doc: "The day whose rates are used."},
	), doc: "Fixes the rates of currencies."},
	field{key: "quiet", shape: listOf(record(
		field{key: "from", shape: monthDay, required: true, doc: "Its first day, such as 12-20."},
		field{key: "to", shape: monthDay, required: true, doc: "Its last day, such as 01-05."},
		field{key: "why", shape: anyText, doc: "What happens then."},
	)), doc: "Spans of every year in which use says little. Conditions and formulas may name quiet (yes or no) and days_since_quiet."},
	field{key: "late_renewal_grace", shape: days, doc: "How long a lapsed contract still counts for placement; else 60d."},
	field{key: "hierarchy", shape: aName, doc: "The hierarchy that families follow: NAME takes the trait NAME_parent, an account; else main, which takes parent."},
	field{key: "match", shape: matchShape, doc: "What tells segue match that two records are one company."},
	field{key: "facts", shape: dictOf("fact kind", aName, kindShape), doc: "Fact kinds of your own."},
	field{key: "traits", shape: dictOf("trait", ownName, traitShape), doc: "What is known of an account beside the catalogue's traits."},
	field{key: "sources", shape: dictOf("source", aName, sourceShape), doc: "Exports, and how their rows become facts."},
	field{key: "metrics", shape: dictOf("metric", ownName, metricShape), doc: "Numbers, texts and dates per customer."},
	field{key: "dimensions", shape: dictOf("dimension", ownName, dimensionShape), doc: "Lenses: each gives a customer one level."},
	field{key: "segmentations", shape: dictOf("segmentation", ownName, segmentationShape), doc: "Each puts a customer into one segment."},
	field{key: "audiences", shape: dictOf("audience", ownName, audienceShape), doc: "Overlapping lists of customers."},
)

var cellShape = &shape{kind: ofAny, what: "a value", any: []*shape{anyText, nullShape}}

// nullShape is fitted by an empty value: unknown.
var nullShape = &shape{kind: ofNull, what: "nothing"}

// testShape is what a *.test.yaml file may hold.
var testShape = record(
	field{key: "tests", required: true, doc: "Tests by name.", shape: dictOf("test", freeName, record(
		field{key: "title", shape: anyText, doc: "What is tested."},
		field{key: "as_of", shape: day, required: true, doc: "The date of the test."},
		field{key: "customers", required: true, doc: "Customers by name.", shape: dictOf("customer", freeName, record(
			field{key: "facts", shape: dictOf("fact kind", aName, listOf(dictOf("column", aName, cellShape))), doc: "Rows by fact kind, column by column."},
			field{key: "metrics", shape: dictOf("metric", aName, cellShape), doc: "Values of metrics; nothing is unknown."},
			field{key: "traits", shape: dictOf("trait", traitName, cellShape), doc: "Values of traits; nothing is unknown."},
			field{key: "expect", shape: dictOf("expectation", aName, cellShape), required: true, doc: "Levels, segments and values that must come out; nothing is unknown."},
		))},
	))},
)
