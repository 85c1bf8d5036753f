package reference

// form is one operator or function.
type form struct {
	written  string
	does     string
	examples []example
}

// example is a condition with what comes out of it: a value as rule.Value
// writes it, or "not allowed" with the code of the finding.
type example struct {
	given  string // "arr 5, nps 9"
	source string
	want   string
	why    string
}

var operators = []form{
	{`a ? x : y`, "x where a is true, y where it is false.", []example{
		{given: `deployment "cloud", active_users 40, seats_reported 12`, source: `deployment == "on_premise" ? seats_reported : active_users`, want: "40"},
		{source: `onboarded ? 1 : 1`, want: "unknown"},
	}},
	{`a || b`, "Or: at least one is true.", []example{
		{given: "arr 5", source: `arr > 0 || nps >= 9`, want: "true"},
		{given: "arr 0", source: `arr > 0 || nps >= 9`, want: "unknown"},
	}},
	{`a && b`, "And: both are true.", []example{
		{given: "arr 0", source: `arr > 0 && nps >= 9`, want: "false"},
		{given: "arr 5", source: `arr > 0 && nps >= 9`, want: "unknown"},
	}},
	{`x == y, x != y`, "Is, is not.", []example{
		{given: `value "high"`, source: `value == "high"`, want: "true"},
		{given: `industry "Retail"`, source: `industry != "retail"`, want: "true"},
		{source: `value == "high"`, want: "unknown"},
	}},
	{`x < y, x <= y, x > y, x >= y`, "Less, at most, more, at least. Of numbers, texts, dates and lengths of time; levels have no order: list those that count.", []example{
		{given: "arr 100000", source: `arr >= 100000`, want: "true"},
		{given: "renewal_date 2026-03-31", source: `renewal_date <= date("2026-03-30")`, want: "false"},
		{given: `value "high"`, source: `value > "low"`, want: "not allowed: type_mismatch"},
	}},
	{`x in [...]`, "Is one of the values that are listed.", []example{
		{given: `usage "idle"`, source: `usage in ["light", "idle"]`, want: "true"},
		{source: `usage in ["light", "idle"]`, want: "unknown"},
	}},
	{`x + y, x - y`, "Numbers, a date and a length of time, two dates, two texts (only +).", []example{
		{given: "expected_spend 300, arr 120", source: `expected_spend - arr`, want: "180"},
		{given: "renewal_date 2026-03-31", source: `renewal_date - 28d`, want: "2026-03-03"},
		{source: `date("2026-03-01") - date("2026-02-01")`, want: "28d"},
	}},
	{`x * y, x / y, x % y`, "Times, divided by, what is left of a division.", []example{
		{given: "active_users 30, seats 40", source: `active_users / seats`, want: "0.75"},
		{given: "active_users 30, seats 0", source: `active_users / seats`, want: "unknown"},
		{source: `7 % 3`, want: "1"},
	}},
	{`!a, -x`, "Not; the number with its sign turned.", []example{
		{given: `stage "won"`, source: `!(stage in ["won", "lost"])`, want: "false"},
		{source: `!onboarded`, want: "unknown"},
	}},
}

var functions = []form{
	{`known(x)`, "Whether there is a value. Never unknown.", []example{
		{source: `known(nps)`, want: "false"},
		{given: "nps 0", source: `known(nps)`, want: "true"},
		{given: "arr 5, seats 0", source: `known(arr / seats)`, want: "false"},
	}},
	{`x.or(y)`, "x, or y where x is unknown.", []example{
		{source: `nps.or(0) >= 9`, want: "false"},
		{given: "nps 10", source: `nps.or(0) >= 9`, want: "true"},
	}},
	{`ago(x, 28d)`, "The metric x so many days or weeks earlier. It takes a metric's name alone.", []example{
		{given: "events 150, events 28 days ago 100", source: `events / ago(events, 28d) - 1`, want: "0.5"},
		{given: "events 80", source: `ago(events, 4w) > 20`, want: "unknown"},
	}},
	{`date("2026-01-31")`, "That day.", []example{
		{given: "first_start 2025-06-01", source: `first_start < date("2026-01-01")`, want: "true"},
	}},
	{`days(n)`, "A number of days as a length of time.", []example{
		{given: "as_of 2026-01-31, tenure_days 30", source: `as_of - days(tenure_days)`, want: "2026-01-01"},
	}},
	{`days_between(from, to)`, "The days from one date to another; less than 0 when the second comes first.", []example{
		{source: `days_between(date("2026-01-01"), date("2026-02-01"))`, want: "31"},
		{given: "as_of 2026-01-31, renewal_date 2026-01-21", source: `days_between(as_of, renewal_date)`, want: "-10"},
		{given: "as_of 2026-01-31", source: `days_between(as_of, renewal_date)`, want: "unknown"},
	}},
	{`year(x), month(x), day(x)`, "Parts of a date.", []example{
		{given: "renewal_date 2026-03-31", source: `month(renewal_date)`, want: "3"},
	}},
	{`abs(x)`, "The number without its sign.", []example{{given: "usage_change -0.4", source: `abs(usage_change)`, want: "0.4"}}},
	{`round(x)`, "The nearest whole number; halves away from zero.", []example{
		{source: `round(2.5)`, want: "3"},
		{source: `round(-2.5)`, want: "-3"},
	}},
	{`min(x, y), max(x, y)`, "The least, the largest of two or more.", []example{
		{given: "expected_spend 80, arr 120", source: `max(expected_spend - arr, 0)`, want: "0"},
		{given: "arr 120", source: `max(expected_spend, arr)`, want: "unknown"},
	}},
	{`size(x)`, "The number of characters of a text, or of items of a list.", []example{{given: `industry "日本"`, source: `size(industry)`, want: "2"}}},
	{`x.contains("part")`, "Whether the text has the part in it.", []example{{given: `role "Head of IT"`, source: `role.contains("IT")`, want: "true"}}},
	{`x.startsWith("part"), x.endsWith("part")`, "Whether the text begins, or ends, with it.", []example{
		{given: `role "Head of IT"`, source: `role.startsWith("Head")`, want: "true"},
		{given: `role "Head of IT"`, source: `role.endsWith("it")`, want: "false"},
	}},
	{`x.matches("^[A-Z]+$")`, "Whether the pattern is found anywhere in the text; ^ and $ are its ends.", []example{
		{given: `industry "Retail"`, source: `industry.matches("^Re")`, want: "true"},
	}},
	{`x.lowerAscii(), x.upperAscii()`, "The text in small letters, in capitals: a to z only.", []example{
		{given: `industry "RETAIL"`, source: `industry.lowerAscii() == "retail"`, want: "true"},
	}},
	{`list.exists(t, ...), list.all(t, ...)`, "Whether the condition is true of any, of every item of a list; t stands for the item.", []example{
		{given: `role "Head of IT"`, source: `["IT", "Data"].exists(t, role.endsWith(t))`, want: "true"},
		{given: `role "Head of IT"`, source: `["IT", "Data"].all(t, role.contains(t))`, want: "false"},
	}},
}

var missingExamples = []example{
	{source: `nps < 7`, want: "unknown", why: "nobody has answered"},
	{source: `nps != 7`, want: "unknown", why: "not knowing is no difference"},
	{given: "arr 0", source: `arr > 0 && nps < 7`, want: "false", why: "without revenue the answer changes nothing"},
	{source: `arr - arr == 0`, want: "unknown", why: "whatever rests on an unknown is unknown"},
	{source: `known(nps) && nps < 7`, want: "false", why: "now silence counts as no"},
	{source: `!known(nps) || nps < 7`, want: "true", why: "now silence counts as yes"},
	{given: "quiet_days more than 90", source: `quiet_days > 60`, want: "true", why: "no use since the data begins, 90 days ago: that settles it"},
	{given: "quiet_days more than 90", source: `quiet_days > 120`, want: "unknown", why: "the data does not reach back so far"},
}

var unitExamples = []example{
	{given: "arr 5000", source: `arr >= 100000`, want: "false", why: "a plain figure goes with money"},
	{given: "arr 5000, seats 40", source: `arr + seats`, want: "not allowed: unit_mismatch", why: "money and seats"},
	{given: "arr 5000, seats 40", source: `arr / seats`, want: "125", why: "a quotient of two units has none"},
	{given: "arr 5000, expected_spend 20000", source: `arr / expected_spend`, want: "0.25", why: "money by money is a ratio"},
	{given: "arr 5000, utilisation 0.5", source: `arr > utilisation`, want: "not allowed: unit_mismatch", why: "money and a ratio"},
}
