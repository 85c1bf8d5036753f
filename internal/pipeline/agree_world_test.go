package pipeline_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/rule/ruletest"
	"github.com/segue-cs/segue/internal/warehouse"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

// encoding says how the table of a world holds a variable.
type encoding uint8

const (
	plain    encoding = iota // as itself
	stored                   // a number of whole millionths
	bounded                  // days since a fact that may not exist
	coded                    // a text of a dictionary
	labelled                 // a text as an index
)

// answered is a variable with the encoding of its column.
type answered struct {
	rule.Variable
	as     encoding
	domain string
}

// answeredVariables are those of ruletest and some more, so that each
// encoding meets itself and all others.
func answeredVariables() []answered {
	encodings := map[string]encoding{
		"arr": stored, "seats": stored, "events": stored, "quiet": bounded, "tenure": bounded,
		"value": labelled, "potential": labelled, "industry": coded, "country": coded,
	}
	domains := map[string]string{"industry": "industry", "country": "country", "sector": "industry", "tier": "country"}
	var list []answered
	for _, v := range ruletest.Variables() {
		list = append(list, answered{v, encodings[v.Name], domains[v.Name]})
	}
	levels := []string{"high", "medium", "low", ""}
	return append(list,
		answered{rule.Variable{Name: "sector", Type: rule.TypeText, Shiftable: true}, coded, "industry"},
		answered{rule.Variable{Name: "city", Type: rule.TypeText}, plain, ""},
		answered{rule.Variable{Name: "tier", Type: rule.TypeText, Levels: levels}, coded, "country"},
		answered{rule.Variable{Name: "grade", Type: rule.TypeText, Levels: levels}, labelled, ""},
	)
}

func declared(list []answered) []rule.Variable {
	vars := make([]rule.Variable, len(list))
	for i, v := range list {
		vars[i] = v.Variable
	}
	return vars
}

// awkwardTexts are added to those that random rules write.
var awkwardTexts = []string{
	"a", "", "high", "core", "É", "é", "e\u0301", "ß", "ẞ", "ſ", "s", "S", "K", "\u212a", "k", "ﬁ", "İ", "ı", "\U0001F469\u200D\U0001F4BB",
	"\U0001F642", "日本語", "a\r\nb", "\n", "a\n", "\t", "\u2028", "\u00a0", "O'Neil", `"`, `\`, "%", "_", "--", "?", "$1", "abab", "ab", "Z", "z", "\U0010FFFF", "null",
}

// world is a table of random rows, and the same rows as values.
type world struct {
	warehouse *duckdb.Warehouse
	table     string
	columns   []query.AnswerColumn
	codes     map[string]map[string]int64 // by domain and text
	rows      []map[rule.Ref]rule.Value
}

func (w *world) code(domain, text string) (int64, bool) {
	code, ok := w.codes[domain][text]
	return code, ok
}

// newWorld makes the table of the number with random rows.
func newWorld(tb testing.TB, store *duckdb.Warehouse, r *rand.Rand, name string, rows int) *world {
	tb.Helper()
	w := &world{warehouse: store, table: name, codes: map[string]map[string]int64{}, rows: make([]map[rule.Ref]rule.Value, rows)}
	names, types := []string{"id"}, []string{"id BIGINT"}
	cells := make([][]string, rows)
	for i := range cells {
		w.rows[i] = map[rule.Ref]rule.Value{}
		cells[i] = []string{strconv.Itoa(i)}
	}
	for _, v := range answeredVariables() {
		days := []int{0}
		if v.Shiftable {
			days = []int{0, 1, 7, 28}
		}
		for _, ago := range days {
			c := w.column(v, ago, r)
			w.columns = append(w.columns, c)
			names, types = append(names, c.Name), append(types, c.Name+" "+sqlTypes[v.as][v.Type])
			if c.None != "" {
				names, types = append(names, c.None), append(types, c.None+" BOOLEAN")
			}
			for i := range cells {
				value := randomValue(r, v, c)
				w.rows[i][rule.Ref{Name: v.Name, AgoDays: ago}] = value
				cells[i] = append(cells[i], w.cell(c, value))
				if c.None != "" {
					cells[i] = append(cells[i], strconv.FormatBool(value.Kind() == rule.KindAtLeast))
				}
			}
		}
	}
	w.store(tb, names, types, cells)
	return w
}

var sqlTypes = map[encoding][]string{
	plain:    {rule.TypeBool: "BOOLEAN", rule.TypeNumber: "DOUBLE", rule.TypeText: "VARCHAR", rule.TypeTime: "BIGINT", rule.TypeDuration: "BIGINT", rule.TypeTextList: "VARCHAR[]"},
	stored:   {rule.TypeNumber: "DOUBLE"},
	bounded:  {rule.TypeNumber: "DOUBLE"},
	coded:    {rule.TypeText: "INTEGER"},
	labelled: {rule.TypeText: "BIGINT"},
}

func (w *world) column(v answered, ago int, r *rand.Rand) query.AnswerColumn {
	c := query.AnswerColumn{AgoDays: ago, Stored: v.as == stored}
	c.Name, c.Of, c.Type, c.Domain = fmt.Sprintf("c%d", len(w.columns)), v.Name, v.Type, v.domain
	switch v.as {
	case labelled:
		c.Labels = v.Levels
	case bounded:
		c.None, c.Bound = c.Name+"_none", []float64{0, 1, 7, 28, 28, 100, 0.5}[r.IntN(7)]
	}
	return c
}

func randomValue(r *rand.Rand, v answered, c query.AnswerColumn) rule.Value {
	value := ruletest.Value(r, v.Variable)
	switch {
	case v.as == bounded && r.IntN(4) == 0:
		return rule.AtLeast(c.Bound)
	case value.IsUnknown():
		return value
	case v.as == stored:
		return rule.Number(storedNumber(r, value.Number()))
	case v.Type == rule.TypeNumber && r.IntN(30) == 0:
		return rule.Number([]float64{math.Copysign(0, -1), math.SmallestNonzeroFloat64, math.MaxFloat64, -math.MaxFloat64, 5e-310}[r.IntN(5)])
	case v.Type == rule.TypeText && v.Levels == nil && r.IntN(2) == 0:
		return rule.Text(awkwardTexts[r.IntN(len(awkwardTexts))])
	case v.Type == rule.TypeTextList && v.Levels == nil && r.IntN(2) == 0:
		items := append(value.List(), awkwardTexts[r.IntN(len(awkwardTexts))])
		return rule.List(items...)
	}
	return value
}

// storedNumber returns the nearest number of whole millionths, or the largest.
func storedNumber(r *rand.Rand, x float64) float64 {
	if millionths := math.Round(x * 1e6); math.Abs(millionths) < 1<<53 && r.IntN(10) > 0 {
		return millionths / 1e6
	}
	return float64([]int64{math.MaxInt64, math.MinInt64, 1, -1, 1<<53 + 1}[r.IntN(5)]) / 1e6
}

// cell writes a value as its column holds it. Texts meet the dictionary here.
func (w *world) cell(c query.AnswerColumn, v rule.Value) string {
	switch v.Kind() {
	case rule.KindBool:
		return v.String()
	case rule.KindNumber:
		return "'" + strconv.FormatFloat(v.Number(), 'g', -1, 64) + "'"
	case rule.KindTime, rule.KindDuration:
		return strconv.FormatInt(v.Micros(), 10)
	case rule.KindText:
		return w.textCell(c, v.Text())
	case rule.KindList:
		items := make([]string, len(v.List()))
		for i, s := range v.List() {
			items[i] = quoted(s)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return "NULL"
}

func (w *world) textCell(c query.AnswerColumn, text string) string {
	for i, label := range c.Labels {
		if label == text {
			return strconv.Itoa(i)
		}
	}
	if c.Domain == "" {
		return quoted(text)
	}
	codes := w.codes[c.Domain]
	if codes == nil {
		codes = map[string]int64{}
		w.codes[c.Domain] = codes
	}
	if _, ok := codes[text]; !ok {
		codes[text] = int64(len(codes))
	}
	return strconv.FormatInt(codes[text], 10)
}

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// store writes the table and its dictionary, in place of those before.
func (w *world) store(tb testing.TB, names, types []string, cells [][]string) {
	tb.Helper()
	rows := make([]string, len(cells))
	for i, c := range cells {
		rows[i] = "(" + strings.Join(c, ", ") + ")"
	}
	var texts []string
	for domain, codes := range w.codes {
		for text, code := range codes {
			texts = append(texts, fmt.Sprintf("(%s, %d, %s)", quoted(domain), code, quoted(text)))
		}
	}
	statements := []string{
		"DROP TABLE IF EXISTS " + w.table,
		"CREATE TABLE " + w.table + " (" + strings.Join(types, ", ") + ")",
		"INSERT INTO " + w.table + " (" + strings.Join(names, ", ") + ") VALUES " + strings.Join(rows, ", "),
		"DELETE FROM text",
		"INSERT INTO text (domain, code, value) VALUES " + strings.Join(texts, ", "),
	}
	var list []warehouse.Statement
	for _, s := range statements {
		list = append(list, warehouse.Statement{Text: s})
	}
	if err := w.warehouse.Exec(tb.Context(), list...); err != nil {
		tb.Fatal(err)
	}
}
