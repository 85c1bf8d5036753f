package reference

const conditionsHead = `# The condition language

Conditions say who belongs to a level, a segment or an audience (` + "`when:`" + `), which facts count (` + "`where:`" + `) and what is listed
(` + "`segue customers --where`" + `). Formulas (` + "`is:`" + `) are written the same way. It is the Common Expression Language (CEL) without what
would not be safe, and with a third answer beside true and false: *unknown*.

    value == "high" && potential in ["high", "medium"]
    arr > 0 && days_to_renewal <= 120 && nps <= 6

Put a condition into single quotes in YAML, and texts inside of it into double quotes.

Each example below is checked by a test. The column *given* says what is known; every other name is unknown.

## What can be named

- In ` + "`when:` and `--where`" + `: metrics, traits, dimensions (their level) and ` + "`as_of`" + `, the date asked for. Where a segmentation counts
  persons, ` + "`account.NAME`" + ` is the value of the account that the person belongs to, and ` + "`contact.NAME`" + ` what the person's own record says:
  ` + "`contact.role`, `contact.champion`" + `.
- In ` + "`is:`" + ` and ` + "`when:`" + ` of a metric: metrics, traits and ` + "`as_of`" + `.
- Where the strategy declares ` + "`quiet:`" + ` periods, in all of these: ` + "`quiet`" + `, whether the date is in one, and ` + "`days_since_quiet`" + `, 0 on
  its days and 1 on the day after.
- In ` + "`where:`" + ` of a metric: the columns of its [fact kind](facts.md) and ` + "`as_of`" + `; of a fact that happens ` + "`at`" + `, of a term whether
  it is ` + "`in_force`" + `, of a version ` + "`valid_from`" + `. Of accounts and contacts only ` + "`known(contact)`" + ` can be asked.

## What values there are

| type | written | notes |
|---|---|---|
| number | ` + "`100000`, `0.8`, `1e6`" + ` | no thousands separators, no currency sign, no % |
| text | ` + "`\"high\"`" + ` | capitals matter |
| yes or no | ` + "`true`, `false`" + ` | |
| date | ` + "`date(\"2026-01-31\")`" + ` | a day is its midnight in the reporting zone |
| length of time | ` + "`28d`, `8w`, `days(n)`" + ` | days and weeks; months differ in length |
| list of texts | ` + "`[\"high\", \"medium\"]`" + ` | |

`

const conditionsMissing = `## Unknown

What is missing is unknown: never zero, never false, never an empty text. Where a condition is unknown nobody moves because of
it; [the rules that decide](semantics.md) say what happens instead.

| and (` + "`&&`" + `) | true | false | unknown |
|---|---|---|---|
| **true** | true | false | unknown |
| **false** | false | false | false |
| **unknown** | unknown | false | unknown |

| or (` + "`\\|\\|`" + `) | true | false | unknown |
|---|---|---|---|
| **true** | true | true | true |
| **false** | true | false | unknown |
| **unknown** | true | unknown | unknown |

Not (` + "`!`" + `) of unknown is unknown. Everything else that is given an unknown is unknown too: comparing, calculating, looking into
a list. Division by zero, and a number too large to hold, are unknown. Only ` + "`known`" + ` and ` + "`or`" + ` ask about it.

`

const conditionsUnits = `## Units

A number can have a unit: money, a ratio, days, a count, or a word of your own such as seats. Metrics take the unit of what they
rest on; ` + "`unit:`" + ` states it for a formula. Numbers of two different units cannot be added or compared; plain figures go with
every unit. A quotient of one unit is a ratio; a ratio of something keeps its unit; what has no clear unit has none and goes
with all.

`

// conditionsPage explains the language with examples.
func conditionsPage() string {
	p := &page{}
	p.printf("%s%s", generated, conditionsHead)
	p.printf("## Operators\n\nFrom the loosest to the tightest; brackets say it otherwise.\n\n")
	writeForms(p, operators)
	p.printf("%s", conditionsMissing)
	writeExamples(p, missingExamples)
	p.printf("## Functions\n\n")
	writeForms(p, functions)
	p.printf("%s", conditionsUnits)
	writeExamples(p, unitExamples)
	p.printf("## Limits\n\n%s", conditionsLimits)
	return p.String()
}

const conditionsLimits = `A condition has at most 10,000 characters, is nested at most 100 deep and has at most 2,000 parts. ` + "`exists`" + ` and ` + "`all`" + ` do not
stand inside one another. Patterns are of the kind that cannot run away (RE2). Items of a list cannot be picked by their place,
there are no curly brackets, no own functions and no macros. Words of other languages get a hint: write ` + "`null`, `len(x)` or `=`" + ` and
` + "`segue lint`" + ` says what stands for it here.
`

func writeForms(p *page, forms []form) {
	var rows [][]string
	for _, f := range forms {
		for i, e := range f.examples {
			written, does := code(f.written), f.does
			if i > 0 {
				written, does = "", ""
			}
			rows = append(rows, []string{written, does, code(e.source), e.given, code(e.want)})
		}
	}
	p.table([]string{"written", "meaning", "example", "given", "is"}, rows)
}

func writeExamples(p *page, examples []example) {
	var rows [][]string
	for _, e := range examples {
		rows = append(rows, []string{code(e.source), e.given, code(e.want), e.why})
	}
	p.table([]string{"example", "given", "is", "because"}, rows)
}
