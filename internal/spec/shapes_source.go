package spec

// mappingFields say what the rows of a file become. A recipe has them too.
var mappingFields = []field{
	{key: "names", shape: dictOf("name", freeName, textOrTexts), doc: "Names of your own for columns of the file; of several columns the first that the file has. A name with a * stands for the one column that it fits."},
	{key: "optional", shape: textOrTexts, doc: "Columns, or names of them, that a file may lack: they are empty then."},
	{key: "where", shape: rowFormula, doc: "Which rows count: a condition over the columns of the file. The others are left out, and counted."},
	{key: "unpivot", shape: record(
		field{key: "columns", shape: textOrTexts, required: true, doc: "The columns, or patterns of them with * and ?."},
		field{key: "except", shape: textOrTexts, doc: "Columns, or patterns, that stay as they are."},
		field{key: "name", shape: anyText, doc: "What the column with the names is called; else name."},
		field{key: "value", shape: anyText, doc: "What the column with the values is called; else value."},
		field{key: "next_empty", shape: anyText, doc: "What a column is called that names the next of these columns of the file where that one is empty, and is empty otherwise: of months, when it stopped."},
	), doc: "Makes a row of each of these columns that is not empty."},
	{key: "split", shape: splitShape(), doc: "Makes a row of each item of a list."},
	{key: "columns", shape: dictOf("column", aName, bindingShape), doc: "Columns of the fact kind, and where they come from."},
}

func splitShape() *shape {
	s := record(
		field{key: "column", shape: anyText, required: true, doc: "The column with the list."},
		field{key: "by", shape: anyText, required: true, doc: "What stands between the items, such as ; or |."},
	)
	s.what = "a mapping of one column (a second list of the file is read by a source of its own: like: NAME, with its split)"
	return s
}

// recipeShape is what a recipe of the catalogue holds.
var recipeShape = record(described(append([]field{
	citesField,
	{key: "fact", shape: aName, required: true, doc: "The fact kind that the rows become."},
}, mappingFields...)...)...)

// sourceRecord returns the shape of a source: how its files are written, and
// what their rows become.
func sourceRecord(fields ...field) *shape {
	s := record(described(append(fields, mappingFields...)...)...)
	s.choose = []choice{{keys: []string{"fact", "recipe"}}}
	return s
}
