package reference

// findingGroups hold every code that a finding can have.
var findingGroups = []findingGroup{
	{"The files", "Whether the files can be read at all.", fileFindings},
	{"Keys and values", "Whether what is written may stand where it stands.", keyFindings},
	{"Names", "Whether what is named is there.", nameFindings},
	{"Definitions", "Whether a definition makes sense.", definitionFindings},
	{"Conditions", "Whether a condition or formula can be understood: see [the condition language](conditions.md).", conditionFindings},
	{"What may not be meant", "Warnings of `segue lint`.", lintFindings},
	{"Sources and their files", "Found by `segue import`, when a mapping meets its file.", importFindings},
}

var fileFindings = []finding{
	{
		code: "no_strategy", means: "The folder has no file that ends in .yaml", remedy: "Name the strategy's folder with --project, or write strategy.yaml.",
		shows: "there is no .yaml file here (write strategy.yaml, or begin with segue demo) [no_strategy]",
	},
	{
		code: "several_strategies", means: "Files in several folders say the strategy's name", remedy: "Go into the folder of one, or name it with --project.",
		shows: "there are 2 strategies here: in here, there (go into one of them, or name it with --project) [several_strategies]",
	},
	{
		code: "unreadable", means: "The system does not let the file or folder be read", remedy: "Look at its permissions.",
		shows: "metrics.yaml: read the file: metrics.yaml: permission denied [unreadable]",
	},
	{
		code: "not_yaml", means: "The file is not YAML: a bracket is open, the indentation is uneven, or a text with : or # lacks its quotes", remedy: "Look at the line named, and the one before it.",
		file: "segmentations:\n  tiers: {segments: {gold: 'value == \"high\"'",
	},
	{
		code: "not_utf8", means: "The file holds characters in another encoding", remedy: "Save it as UTF-8.",
		shows: "metrics.yaml:3: the file is not UTF-8 text (save it as UTF-8) [not_utf8]",
	},
	{code: "two_documents", means: "A line with --- begins a second document", remedy: "Put it into a file of its own.", file: "name: one\n---\nname: two"},
	{code: "tag", means: "A value begins with !, which YAML takes as a tag", remedy: "Put the condition in quotes.", file: "audiences:\n  small: !large"},
	{code: "directive", means: "The file has a line such as %YAML", remedy: "Leave it out.", file: "%YAML 1.2\n---\nname: one"},
	{code: "unknown_anchor", means: "`*name` repeats what is marked `&name`, and nothing before it is", remedy: "Mark the value, or write it out.", file: "title: *main"},
	{code: "not_a_key", means: "Where the name of something must stand is nothing, or a list", remedy: "Write a word.", file: "metrics:\n  ~: {from: activity, count: true}"},
	{
		code: "too_deep", means: "Lists and mappings stand inside one another too often", remedy: "Look for brackets that are not closed.",
		shows: "metrics.yaml:2:82: nested more than 40 deep [too_deep]",
	},
	{
		code: "too_many_values", means: "The file is far larger than anyone writes", remedy: "Split it.",
		shows: "metrics.yaml:9999:3: the file has more than 10000 keys (split the file) [too_many_values]",
	},
	{
		code: "file_too_large", means: "The file has more than half a megabyte", remedy: "Split it. Exports do not belong into YAML.",
		shows: "data.yaml: the file has 600000 bytes, more than 524288 (split it) [file_too_large]",
	},
	{
		code: "too_many_files", means: "The folder has more than 1,000 .yaml files", remedy: "Name the strategy's own folder with --project.",
		shows: "the folder has 1200 .yaml files, more than 1000 [too_many_files]",
	},
	{
		code: "too_many_findings", means: "There are more than 1,000 findings; the rest are counted", remedy: "Mend the first ones: they often cause the others.",
		shows: "and 312 more [too_many_findings]",
	},
	{
		code: "catalog", means: "The program was built without its fact kinds", remedy: "Build it anew.",
		shows: "the catalogue of fact kinds is empty [catalog]",
	},
}

var keyFindings = []finding{
	{code: "unknown_key", means: "There is no such key there", remedy: "Take the one proposed, or look into [what may be said](strategy.md).", file: "metrics:\n  users: {from: event, count_distinc: contact}"},
	{code: "missing_key", means: "A key is missing without which the rest says nothing", remedy: "Add it.", file: "segmentations:\n  tiers: {segments: {gold: {touch: high}}}"},
	{code: "too_many_keys", means: "Two keys say different things of the same", remedy: "Keep one.", file: "metrics:\n  visits: {from: activity, count: true, sum: minutes}"},
	{code: "needs_key", means: "The key only means something beside another", remedy: "Add the other, or drop this one.", file: "metrics:\n  share: {is: 'arr / 2', over: 28d}"},
	{code: "duplicate_key", means: "The same key stands twice", remedy: "Keep one.", file: "metrics:\n  visits: {from: activity, from: event, count: true}"},
	{code: "wrong_shape", means: "A list stands where a mapping must, or the like", remedy: "Write it as the message says.", file: "audiences:\n  all: [arr]"},
	{code: "wrong_value", means: "The value is none of those that the key takes", remedy: "Write one that it takes.", file: "metrics:\n  visits: {from: activity, count: true, over: 3m}"},
	{code: "wrong_name", means: "A name is made of other signs than small letters, figures and _", remedy: "Rename it; what screens show is its title.", file: "metrics:\n  Visits: {from: activity, count: true}"},
	{code: "wrong_type", means: "The key goes with columns of another type", remedy: "Name another column, or drop the key.", file: "metrics:\n  kinds: {from: activity, sum: kind}"},
	{code: "bad_currency", means: "That is not a currency", remedy: "Write its three letters.", file: "currency: dollar\nmetrics: {arr: {from: contract, sum: arr}}"},
	{code: "bad_timezone", means: "That is not a time zone", remedy: "Write a name such as Europe/Berlin.", file: "timezone: Berlin"},
	{
		code: "bad_grain", means: "Customers cannot be counted like that", remedy: "Write account, parent, contact, account x product or {entity: NAME}.",
		shows: `strategy.yaml:4:11: unknown grain "entity: ": want account, parent, entity: NAME, contact or account x product [bad_grain]`,
	},
	{
		code: "bad_path", means: "The pattern leads out of the strategy's folder", remedy: "Put the exports into the folder.",
		file: "sources:\n  crm: {files: ../crm.csv, fact: account, columns: {account: id}}",
	},
}

var nameFindings = []finding{
	{code: "unknown_metric", means: "No metric has that name", remedy: "Correct the name, or define it under metrics.", file: "dimensions:\n  size: {of: seets, levels: {large: 100, small: 0}}"},
	{code: "unknown_name", means: "A condition, a list of peers or a test names what is nowhere defined", remedy: "Correct the name, or define it; put texts in quotes.", file: "audiences:\n  large: 'ar > 100'"},
	{code: "unknown_fact", means: "No fact kind has that name", remedy: "Take one of [those that come ready made](facts.md), or declare it under facts.", file: "metrics:\n  deals: {from: contracts, count: true}"},
	{code: "unknown_source", means: "No other source has the name under like:", remedy: "Correct the name.", file: "sources:\n  crm: {like: crn, fact: account, columns: {account: id}}"},
	{code: "unknown_recipe", means: "The catalogue has no such recipe", remedy: "Take one of [those that come ready made](recipes.md).", file: "sources:\n  billing: {files: subscriptions.csv, recipe: stripe}"},
	{code: "unknown_column", means: "The fact kind has no column of that name", remedy: "Correct the name; declare traits of accounts under traits.", file: "metrics:\n  quota: {from: contract, sum: qota}"},
	{code: "unknown_trait", means: "No trait has that name", remedy: "Correct the name, or declare it under traits.", file: "dimensions:\n  branch: {trait: industri}"},
	{code: "unknown_hierarchy", means: "The accounts have no such family tree", remedy: "Declare the trait that the message names, and bind it in the source of accounts.", file: "hierarchy: buying"},
	{code: "unknown_level", means: "The dimension has no such level, or the column no such value", remedy: "Correct it.", file: "audiences:\n  large: 'value == \"hgih\"'"},
	{
		code: "unknown_value", means: "The column has a closed list of values, and this is none of them", remedy: "Correct it, or translate it with values.",
		file: "sources:\n  survey: {files: s.csv, fact: response, columns: {account: a, at: t, kind: {value: survey}}}",
	},
	{code: "unknown_function", means: "There is no such function", remedy: "Take the one proposed, or look into [the functions](conditions.md#functions).", file: "audiences:\n  asked: 'isnull(arr)'"},
	{code: "duplicate_name", means: "The name is taken: metrics, traits, dimensions and segmentations share their names", remedy: "Choose another.", file: "dimensions:\n  arr: {of: arr, levels: {high: 100, low: 0}}"},
	{code: "reserved_name", means: "The name means something already", remedy: "Choose another.", file: "metrics:\n  as_of: {from: contract, min: starts}"},
	{code: "circle", means: "Definitions rest on each other in a circle", remedy: "Define one of them without the others.", file: "metrics:\n  a: {is: 'b + 1'}\n  b: {is: 'a - 1'}"},
}
