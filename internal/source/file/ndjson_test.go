package file_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/source/file"
)

func wanted(columns ...string) file.Options { return file.Options{Columns: columns} }

func TestNDJSON(t *testing.T) {
	t.Parallel()
	testRead(t, "x.ndjson", []readCase{
		{"flat objects", `{"a":"x","b":2}` + "\n" + `{ "b" : "3" , "a" : "y" }` + "\r\n", file.Options{}, lines("a|b", "1: 'x'|2", "2: 'y'|'3'")},
		{"keys that only later records have", `{"a":1}` + "\n" + `{"b":2}` + "\n", file.Options{}, lines("a|b", "1: 1|-", "2: -|2")},
		{"wanted columns", `{"a":1,"z":9,"b":2}` + "\n" + `{}` + "\n", wanted("b", " a ", "c"), lines("b|a|c", "1: 2|1|-", "2: -|-|-")},
		{"nested objects", `{"a":{"b":1,"c":{"d":"x"},"e":{}},"f":2}`, file.Options{}, lines("a.b|a.c.d|f", "1: 1|'x'|2")},
		{"an object that is wanted whole", `{"a":{"b": "\u00e9", "c":[1]}}`, wanted("a", "a.b", "a.c"), lines("a|a.b|a.c", `1: {"b": "\u00e9", "c":[1]}|'é'|[1]`)},
		{"a key with a point", `{"a.b":1}`, wanted("a.b"), lines("a.b", "1: 1")},
		{"arrays", `{"a":[1, {"b":["x"]}, []]}`, file.Options{}, lines("a", `1: [1, {"b":["x"]}, []]`)},
		{"numbers as written", `{"a":1.10,"b":-0,"c":12345678901234567890.5,"d":1E+2}`, file.Options{}, lines("a|b|c|d", "1: 1.10|-0|12345678901234567890.5|1E+2")},
		{"words", `{"a":true,"b":false,"c":null,"d":"null"}`, file.Options{}, lines("a|b|c|d", "1: true|false|-|'null'")},
		{"escapes", `{"a\u0062":"\"\\\/\b\f\n\r\té\u00e9\ud83d\ude00","c":"\ud83d","d":"\ude00x\ud83d\u0041"}`, file.Options{}, lines("ab|c|d", "1: '\"\\/\b\f\n\r\téé😀'|'\uFFFD'|'\uFFFDx\uFFFDA'")},
		{"texts for null", `{"a":"N/A","b":"n/a"}`, file.Options{NullTexts: []string{"N/A"}}, lines("a|b", "1: -|'n/a'")},
		{"blank lines", "\n" + `{"a":1}` + "\n \n" + `{"a":2}`, file.Options{}, lines("a", "2: 1", "4: 2")},
		{"a byte order mark", "\xef\xbb\xbf" + `{"a":1}`, file.Options{}, lines("a", "1: 1")},
	})
}

func TestNDJSONRefused(t *testing.T) {
	t.Parallel()
	const good = "\n" + `{"a":7}`
	testRead(t, "x.ndjson", []readCase{
		{"a list of objects", `[{"a":1}]`, wanted("a"), lines("stop: read FILE: it is one JSON array; write its objects one a line, without the brackets")},
		{"an object over several lines", "{\n \"a\":1\n}\n", wanted("a"), lines("stop: read FILE: it has a JSON object over several lines; write each object on one line")},
		{"no objects", "hello\nworld\n", file.Options{}, lines("stop: read FILE: the first lines hold no JSON object with keys")},
		{"a wanted column twice", "{}", wanted("a", "b", "a"), lines(`stop: read FILE: header: two columns with one name: "a" (columns 1 and 3); rename one of each`)},
		{"a line that is no object", `"a"` + good, wanted("a"), lines("a", `! line 1: it is no JSON object: "\"a\""`, "2: 7")},
		{"a cut line", `{"a":1,"b` + good, wanted("a"), lines("a", `! line 1: the text that opens at character 8 is not closed: "{\"a\":1,\"b"`, "2: 7")},
		{"a line that ends early", `{"a":` + good, wanted("a"), lines("a", `! line 1: it ends where a value should follow: "{\"a\":"`, "2: 7")},
		{"single quotes", `{'é':1}` + good, wanted("a"), lines("a", `! line 1: there is '\'' at character 2 where a key in double quotes should be: "{'é':1}"`, "2: 7")},
		{"a comma too many", `{"é":1,}` + good, wanted("a"), lines("a", `! line 1: there is '}' at character 8 where a key in double quotes should be: "{\"é\":1,}"`, "2: 7")},
		{"a number of another language", `{"a":NaN}` + good, wanted("a"), lines("a", `! line 1: there is 'N' at character 6 where a value should be: "{\"a\":NaN}"`, "2: 7")},
		{"a leading zero", `{"a":01}` + good, wanted("a"), lines("a", `! line 1: there is '1' at character 7 where a comma or closing brace should be: "{\"a\":01}"`, "2: 7")},
		{"two objects on a line", `{"a":1}{"a":2}` + good, wanted("a"), lines("a", `! line 1: there is '{' at character 8 where the end of the line should be: "{\"a\":1}{\"a\":2}"`, "2: 7")},
		{"an unknown escape", `{"a":"\x"}` + good, wanted("a"), lines("a", `! line 1: there is '\\' at character 7 where an escape such as \n should be: "{\"a\":\"\\x\"}"`, "2: 7")},
		{"a key twice", `{"a":null,"a":2}` + good, wanted("a"), lines("a", `! line 1: column "a": the key comes twice: "{\"a\":null,\"a\":2}"`, "2: 7")},
		{"bytes that are not UTF-8", "{\"a\":\"\xff\"}" + good, wanted("a"), lines("a", `! line 1: it is not UTF-8; save the file as UTF-8: "{\"a\":\"`+"\uFFFD"+`\"}"`, "2: 7")},
		{"a long cell", `{"a":"12345678901"}` + good, file.Options{MaxCell: 10, Columns: []string{"a"}}, lines("a", `! line 1: column "a": the cell is longer than 10 bytes: "{\"a\":\"12345678901\"}"`, "2: 7")},
		{"a long cell that is not wanted", `{"b":"12345678901","a":1}`, file.Options{MaxCell: 10, Columns: []string{"a"}}, lines("a", "1: 1")},
		{"ten megabytes", `{"a":"` + strings.Repeat("x", 10<<20) + `"}` + good, wanted("a"), lines("a", `! line 1: the record is longer than 4 MiB: "{\"a\":\"`+strings.Repeat("x", 194)+`"`, "2: 7")},
		{"deep nesting", strings.Repeat(`{"a":`, 200) + good, wanted("a"), lines("a", `! line 1: its objects are nested too deeply: "`+strings.Repeat(`{\"a\":`, 40)+`"`, "2: 7")},
		{"deep arrays", `{"a":` + strings.Repeat(`[`, 100_000) + good, wanted("a"), lines("a", `! line 1: its values are nested too deeply: "{\"a\":`+strings.Repeat("[", 195)+`"`, "2: 7")},
	})
}

// FuzzNDJSON compares with encoding/json: both accept the same lines, and take
// the same texts out of them.
func FuzzNDJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a":"x","b":{"c":[1,2.5e-3]}}`, `{"a":"\ud83d\ude00\u00e9\n"}`, `{"a":-0.0,"b":null}`, `{"a":tru}`, `{"":{}}`, `{"a":1}x`, "{\"a\":\"\t\"}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\n") || !utf8.ValidString(text) || strings.Count(text, "{")+strings.Count(text, "[") > 50 {
			t.Skip("one line of UTF-8, not deeper than either side allows")
		}
		trimmed := strings.Trim(text, " \t\r")
		if !strings.HasPrefix(trimmed, "{") || trimmed == "{" || strings.HasPrefix(text, "\ufeff") {
			t.Skip("starts as an object")
		}
		got := show(write(t, "x.ndjson", text), wanted("a"))
		var record map[string]json.RawMessage
		err := json.Unmarshal([]byte(text), &record)
		want := "1: -\n"
		switch value := record["a"]; {
		case err != nil:
			if !strings.HasPrefix(got, "a\n! ") {
				t.Fatalf("got %q for %q, want a refusal as in %v", got, text, err)
			}
			return
		case strings.Contains(got, "the key comes twice"):
			return
		case value == nil || string(value) == "null":
		case value[0] == '"':
			var s string
			if err := json.Unmarshal(value, &s); err != nil {
				t.Fatal(err)
			}
			want = "1: '" + s + "'\n"
		default:
			want = "1: " + string(bytes.TrimSpace(value)) + "\n"
		}
		if diff := cmp.Diff("a\n"+want, got); diff != "" {
			t.Errorf("rows of %q differ (-want +got):\n%s", text, diff)
		}
	})
}
