package reference

var definitionFindings = []finding{
	{code: "wrong_kind", means: "The fact kind cannot be used for that", remedy: "Take a kind whose facts belong to accounts.", file: "metrics:\n  rates: {from: fx_rate, count: true}"},
	{code: "empty_span", means: "The span has no day, or the scale no length", remedy: "Write the later day second.", file: "metrics:\n  spring: {from: event, count: true, between: [2026-06-01, 2026-03-01]}"},
	{code: "duplicate_value", means: "A closed list of values names one twice", remedy: "Keep one.", file: "traits:\n  tier: {type: text, values: [gold, gold]}"},
	{code: "bounds_order", means: "The bounds do not fall from level to level, or the shares do not rise", remedy: "Write the highest level first.", file: "dimensions:\n  size: {of: seats, levels: {small: 0, large: 100}}"},
	{code: "equal_bounds", means: "Two levels begin at the same bound", remedy: "Change one, or drop it.", file: "dimensions:\n  size: {of: seats, levels: {large: 100, medium: 100, small: 0}}"},
	{code: "mixed_bounds", means: "Some levels have numbers, others percentiles or shares", remedy: "Cut all levels in one way.", file: "dimensions:\n  size: {of: seats, levels: {large: p80, medium: 10, small: 0}}"},
	{
		code: "too_many_segments", means: "A segmentation has more than 62 segments", remedy: "Use a dimension, which may have any number of levels, or several segmentations.",
		shows: `segmentations.yaml:70:5: segmentation "cells" has 63 segments, more than 62 (use a dimension, or several segmentations) [too_many_segments]`,
	},
	{code: "wrong_grain", means: "account.NAME or contact.NAME is used where customers are no persons", remedy: "Leave account. out, or count customers by contact.", file: "audiences:\n  large: 'account.arr > 100'"},
}

var conditionFindings = []finding{
	{code: "syntax", means: "The condition cannot be read", remedy: "Look at the place named: a sign, a bracket or a quote is wrong or missing.", file: "audiences:\n  large: 'arr > 100 and seats > 5'"},
	{code: "type_mismatch", means: "A text meets a number, or the like", remedy: "Compare what is alike; quotes make a text.", file: "audiences:\n  large: 'arr > \"100\"'"},
	{code: "unit_mismatch", means: "Numbers of different units meet", remedy: "Divide one by the other, or compare each with a figure.", file: "audiences:\n  dear: 'arr > seats'"},
	{code: "bad_argument", means: "A function was given what it does not take", remedy: "Write it as the message says.", file: "audiences:\n  shrinking: 'arr < ago(arr + 1, 28d)'"},
	{code: "unsupported", means: "The language of conditions leaves this out", remedy: "Write it as the message says.", file: "audiences:\n  asked: 'arr == null'"},
	{code: "too_costly", means: "The condition is too long, too deep or has too many parts", remedy: "Split it into several metrics or dimensions.", file: "audiences:\n  odd: '\"x\".matches(\"(a{100}){10}\")'"},
}

var lintFindings = []finding{
	{code: "unreachable", means: "A segment, level or audience takes nobody", remedy: "Move it up, or drop it.", file: "segmentations:\n  tiers: {segments: {gold: 'arr > 5', silver: 'arr > 10', bronze: 'true'}}"},
	{code: "no_catch_all", means: "Some customers would be in no segment or level", remedy: "End with one whose condition is true.", file: "segmentations:\n  tiers: {segments: {gold: 'arr > 10', silver: 'arr > 5'}}"},
	{code: "lowest_bound", means: "The lowest level has a bound that does not hold: it takes everything below as well", remedy: "Add a level beneath it.", file: "dimensions:\n  size: {of: seats, levels: {large: 100, small: 10}}"},
	{
		code: "many_segments", means: "More segments than a team can treat differently", remedy: "Keep three to four, and use audiences for the rest.",
		file: "segmentations:\n  tiers:\n    segments:\n      a: {when: 'arr > 5000', touch: high}\n      b: {when: 'arr > 4000', touch: high}\n      c: {when: 'arr > 3000', touch: hybrid}\n      d: {when: 'arr > 2000', touch: hybrid}\n      e: {when: 'arr > 1000', touch: tech}\n      f: {when: 'true', touch: tech}",
	},
	{code: "same_dimension", means: "Two dimensions are cut alike", remedy: "Keep one.", file: "dimensions:\n  worth: {of: arr, levels: {best: 100000, rest: 0}}"},
	{code: "same_audience", means: "Two audiences have the same customers", remedy: "Keep one.", file: "audiences:\n  paying: 'arr > 0'\n  payers: 'arr>0'"},
	{code: "hold_not_applied", means: "A wait before moves, or a review, has no effect: only numbers have margins, the values of a trait do not wait, and percentiles are cut at every run", remedy: "Drop it; or keep the review for a later version.", file: "dimensions:\n  size:\n    of: seats\n    levels: {large: p80, small: p0}\n    review: quarterly"},
	{code: "never_judged", means: "A metric's `when` is never true, so that the metric is always unknown", remedy: "Correct the condition.", file: "metrics:\n  visits: {from: activity, count: true}\n  growth: {is: 'visits / ago(visits, 28d) - 1', when: 'visits > 20 && visits < 10'}\naudiences:\n  growing: 'growth > 0'"},
	{code: "unused", means: "Nothing rests on the metric", remedy: "Drop it, or say in `why:` what you look at it for.", file: "metrics:\n  visits: {from: activity, count: true}"},
}

var importFindings = []finding{
	{
		code: "missing_column", means: "The source does not fill a column that every fact of its kind needs", remedy: "Bind it to a column of the file, or give all rows the same with {value: ...}.",
		file: "sources:\n  billing: {files: b.csv, fact: contract, columns: {account: customer, arr: amount}}",
	},
	{
		code: "column_not_filled", means: "The same, found when the file is read", remedy: "Bind it under columns.",
		shows: `sources.yaml:2:3: source "billing" fills no "starts", which every contract needs (add it under columns, with the file's column it comes from) [column_not_filled]`,
	},
	{
		code: "unknown_file_column", means: "The file has no column, or more than one, of the name that is bound", remedy: "Take the name as it stands in the first line of the file, or enough of it and a *.",
		file: "sources:\n  crm: {files: crm.csv, fact: account, columns: {account: id, industry: industri}}", header: "id,name,industry",
	},
	{
		code: "bad_layout", means: "The way in which dates are written cannot be understood", remedy: "Write it with d, m, Y, H, i and s, such as d/m/Y H:i.",
		file: "sources:\n  crm: {files: crm.csv, fact: account, dates: DD-MM-YYYY, columns: {account: id, created_on: since}}", header: "id,since",
	},
	{
		code: "bad_constant", means: "The value given for all rows does not fit its column", remedy: "Write one that does.",
		file: "sources:\n  crm: {files: crm.csv, fact: account, columns: {account: id, employees: {value: many}}}", header: "id",
	},
	{
		code: "unknown_time_zone", means: "The time zone of a source is none", remedy: "Write a name such as Europe/Berlin.",
		shows: `sources.yaml:2:3: load time zone "Berlin": no such zone; names look like Europe/Berlin [unknown_time_zone]`,
	},
	{
		code: "product_of_text", means: "A product is bound to a column that is no number", remedy: "Bind it to a number or an amount.",
		shows: `sources.yaml:5:7: "kind" is a text, so it cannot be a product [product_of_text]`,
	},
	{
		code: "ambiguous_numbers", means: "The numbers of a column can be read in two ways, and none of them tells which: 1.234 is a thousand, or a bit more than one", remedy: "Say under numbers: how they are written, for the source or the column.",
		shows: `crm.csv: sources.yaml:5:7: column "seats": 1.234 on line 2 can be 1234 or 1.234; say numbers: "1,234.56" or numbers: "1.234,56" [ambiguous_numbers]`,
	},
	{
		code: "mixed_numbers", means: "Some numbers of a column have a comma before their decimals, others a point", remedy: "Say under numbers: which are meant; the others are rejected, each with its line.",
		shows: `crm.csv: sources.yaml:5:7: column "arr": numbers are written in two ways: 1.234,56 on line 2 has a comma before its decimals, 1,234.56 on line 9 a point; say numbers: "1,234.56" or numbers: "1.234,56", and the others are rejected [mixed_numbers]`,
	},
	{
		code: "ambiguous_dates", means: "The dates of a file can be read day first or month first, and none of them tells which", remedy: "Say under dates: how they are written, for the source or the column.",
		shows: `crm.csv: sources.yaml:5:7: column "closes": 03/04/2026 on line 2 can be 2026-04-03 or 2026-03-04, and no value tells which; say dates: d/m/Y or dates: m/d/Y [ambiguous_dates]`,
	},
	{
		code: "mixed_dates", means: "Some dates of a column have the day first, others the month", remedy: "Say under dates: which are meant; the others are rejected, each with its line. Better: export the file again.",
		shows: `crm.csv: sources.yaml:5:7: column "closes": dates are written in two ways: 31/01/2026 on line 2 has the day first, 01/31/2026 on line 9 the month; say dates: d/m/Y or dates: m/d/Y, and the others are rejected [mixed_dates]`,
	},
}
