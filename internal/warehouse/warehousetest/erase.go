package warehousetest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
)

// person is a kind of people, like the catalogue's contact.
func person() fact.Kind {
	return fact.Kind{Name: "person", Timing: fact.Version, Coverage: fact.State, Key: []string{"contact"}, Columns: []fact.Column{
		{Name: "contact", Type: fact.Contact},
		{Name: "account", Type: fact.Account},
		{Name: "name", Type: fact.Text, Personal: true},
		{Name: "email", Type: fact.Text, Personal: true},
		{Name: "role", Type: fact.Text},
	}}
}

// note is a kind of what people say.
func note() fact.Kind {
	return fact.Kind{Name: "note", Timing: fact.At, Coverage: fact.Sparse, Columns: []fact.Column{
		{Name: "account", Type: fact.Account},
		{Name: "contact", Type: fact.Contact},
		{Name: "topic", Type: fact.Text},
		{Name: "text", Type: fact.Text, Personal: true},
	}}
}

// named is the kind account with names that are personal.
func named() fact.Kind {
	k := Account()
	k.Columns[1].Personal = true
	return k
}

// Texts that go with p1, with the account a, and those of others that stay.
var (
	ofP1   = []string{"crm-p1", "jane@acme.example", "I shall leave"}
	ofA    = append([]string{"crm-a", "billing-a", "Acme of Oslo", "crm-p3", "joe@acme.example", "Joe Bloggs", "gone with the account"}, ofP1...)
	others = []string{"crm-b", "crm-p2", "Jane Doe", "jane@bolt.example", "Thanks", "Bolt"}
)

// fillPersonal opens a warehouse in which two people share a name, and two
// have said the same.
func fillPersonal(t *testing.T, open Open, dir string) warehouse.Warehouse {
	t.Helper()
	w := open(t, dir)
	t.Cleanup(func() { w.Close() })
	if err := w.Prepare(t.Context(), []fact.Kind{named(), person(), note()}); err != nil {
		t.Fatal(err)
	}
	load(t, w, warehouse.Loading{Kind: named(), Batch: 1, KeySpaces: []string{"billing"}},
		says{"account": "crm-a", "today": "2026-01-01", "name": "Acme of Oslo", "seats": 3, "others": []string{"billing-a"}},
		says{"account": "crm-b", "today": "2026-01-01", "name": "Bolt", "parent": "crm-a"})
	load(t, w, warehouse.Loading{Kind: person(), Batch: 2}, people()...)
	load(t, w, warehouse.Loading{Kind: note(), Batch: 3}, notes()...)
	return w
}

func people() []says {
	return []says{
		{"contact": "crm-p1", "account": "crm-a", "today": "2026-01-01", "name": "Jane Doe", "email": "jane@acme.example", "role": "CFO"},
		{"contact": "crm-p2", "account": "crm-b", "today": "2026-01-01", "name": "Jane Doe", "email": "jane@bolt.example", "role": "CFO"},
		{"contact": "crm-p3", "account": "crm-a", "today": "2026-01-01", "name": "Joe Bloggs", "email": "joe@acme.example", "role": "CTO"},
	}
}

func notes() []says {
	return []says{
		{"account": "crm-a", "contact": "crm-p1", "at": "2026-02-01", "topic": "renewal", "text": "I shall leave"},
		{"account": "crm-a", "contact": "crm-p1", "at": "2026-02-02", "topic": "renewal", "text": "Thanks"},
		{"account": "crm-b", "contact": "crm-p2", "at": "2026-02-02", "topic": "renewal", "text": "Thanks"},
		{"account": "crm-a", "at": "2026-02-03", "topic": "renewal", "text": "gone with the account"},
	}
}

// personalRows is what a reader sees of people and notes.
const personalRows = `SELECT 'person', name.value, email.value, role.value FROM fact_person f
	LEFT JOIN text name ON name.domain = 'person.name' AND name.code = f.name
	LEFT JOIN text email ON email.domain = 'person.email' AND email.code = f.email
	LEFT JOIN text role ON role.domain = 'person.role' AND role.code = f.role
	UNION ALL SELECT 'note', t.value, topic.value, '' FROM fact_note f
	LEFT JOIN text t ON t.domain = 'note.text' AND t.code = f.text
	LEFT JOIN text topic ON topic.domain = 'note.topic' AND topic.code = f.topic
	UNION ALL SELECT 'account', t.value, (f.seats // 1000000)::VARCHAR, '' FROM fact_account f
	LEFT JOIN text t ON t.domain = 'account.name' AND t.code = f.name
	ORDER BY ALL`

func exerciseErase(t *testing.T, open Open) {
	tests := []struct {
		name    string
		subject warehouse.Subject
		facts   map[string]int64
		gone    []string
		rows    string
	}{
		{
			name: "a person", subject: warehouse.Subject{Family: warehouse.Contacts, ID: "crm-p1"}, gone: ofP1,
			facts: map[string]int64{"person": 1, "note": 2},
			rows: "account Acme of Oslo 3 \naccount Bolt <nil> \n" +
				"note (erased) renewal \nnote (erased) renewal \nnote Thanks renewal \nnote gone with the account renewal \n" +
				"person (erased) (erased) CFO\nperson Jane Doe jane@bolt.example CFO\nperson Joe Bloggs joe@acme.example CTO\n",
		},
		{
			name: "an account, by its other id, with its people", subject: warehouse.Subject{Family: warehouse.Accounts, Space: "billing", ID: "billing-a"}, gone: ofA,
			facts: map[string]int64{"account": 1, "person": 2, "note": 3},
			rows: "account (erased) 3 \naccount Bolt <nil> \n" +
				"note (erased) renewal \nnote (erased) renewal \nnote (erased) renewal \nnote Thanks renewal \n" +
				"person (erased) (erased) CFO\nperson (erased) (erased) CTO\nperson Jane Doe jane@bolt.example CFO\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			w := fillPersonal(t, open, dir)
			for _, text := range append(others, tt.gone...) {
				if !inFiles(t, dir, text) {
					t.Fatalf("%q is in no file before: the test looks in the wrong place", text)
				}
			}
			const distinct = `SELECT count(DISTINCT contact), count(DISTINCT _key), count(*) FROM fact_note`
			before := ask(t, w, distinct)
			found := personalOf(t, w, tt.subject)
			facts := map[string]int64{}
			for _, k := range found.Kinds {
				facts[k.Kind] = k.Facts
			}
			if diff := cmp.Diff(tt.facts, facts); diff != "" {
				t.Errorf("facts that would go (-want +got):\n%s", diff)
			}
			erasing := erasingOf(found)
			for _, turn := range []string{"at first", "again"} {
				if err := w.Erase(t.Context(), erasing); err != nil {
					t.Fatalf("%s: %v", turn, err)
				}
				if got := ask(t, w, personalRows); got != tt.rows {
					t.Errorf("%s: got\n%swant\n%s", turn, got, tt.rows)
				}
			}
			if got := ask(t, w, distinct); got != before {
				t.Errorf("counts: got %s, want %s as before", got, before)
			}
			if again := personalOf(t, w, tt.subject); len(again.Keys) > 0 {
				t.Errorf("still known by the id: %+v", again.Keys)
			}
			checkGone(t, dir, tt.gone)
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			checkGone(t, dir, tt.gone)
		})
	}
}

// What is not about the one who was erased loads as if nothing had happened.
func exerciseLoadAfterErase(t *testing.T, open Open) {
	dir := t.TempDir()
	w := fillPersonal(t, open, dir)
	found := personalOf(t, w, warehouse.Subject{Family: warehouse.Contacts, ID: "crm-p1"})
	if err := w.Erase(t.Context(), erasingOf(found)); err != nil {
		t.Fatal(err)
	}
	if got := load(t, w, warehouse.Loading{Kind: person(), Batch: 5}, people()[1:]...); got.Unchanged != 2 {
		t.Errorf("the others' rows: got %+v, want 2 unchanged", got)
	}
	got := load(t, w, warehouse.Loading{Kind: note(), Batch: 6},
		says{"account": "crm-b", "contact": "crm-p2", "at": "2026-02-04", "topic": "renewal", "text": "I shall leave"})
	if got.Added != 1 {
		t.Errorf("a text that was erased, said by another: got %+v, want it added", got)
	}
	if text := ask(t, w, `SELECT t.value FROM fact_note f JOIN text t ON t.domain = 'note.text' AND t.code = f.text WHERE f._batch = 6`); text != "I shall leave\n" {
		t.Errorf("its text: got %q", text)
	}
}

// Where several facts are of one moment, the one that counts as the last
// stays the last; what could be guessed from goes.
func exerciseOrderAfterErase(t *testing.T, open Open) {
	w := fillPersonal(t, open, t.TempDir())
	var rows []says
	for i := range 40 {
		contact := []string{"crm-p1", "crm-p3"}[i%2]
		rows = append(rows, says{"account": "crm-a", "contact": contact, "at": "2026-03-01", "topic": string(rune('a' + i)), "text": contact})
	}
	load(t, w, warehouse.Loading{Kind: note(), Batch: 7}, rows...)
	const order = `SELECT _row FROM fact_note ORDER BY _key, _at, _hash`
	const marks = `SELECT count(DISTINCT _hash), count(DISTINCT _content) FROM fact_note WHERE _content = _hash`
	before := ask(t, w, order)
	if got := ask(t, w, marks); got != "44 44\n" {
		t.Fatalf("rows known by what they say: got %s, want all 44", got)
	}
	found := personalOf(t, w, warehouse.Subject{Family: warehouse.Contacts, ID: "crm-p1"})
	if err := w.Erase(t.Context(), erasingOf(found)); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, w, order); got != before {
		t.Errorf("order of rows of one moment: got %s, want %s", got, before)
	}
	if got := ask(t, w, marks); got != "22 22\n" { // 44 without 20 of this day and 2 of February
		t.Errorf("rows known by what they say: got %s, want the 22 of others", got)
	}
}

func personalOf(t *testing.T, w warehouse.Warehouse, s warehouse.Subject) warehouse.Personal {
	t.Helper()
	found, err := w.Personal(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func erasingOf(found warehouse.Personal) warehouse.Erasing {
	e := warehouse.Erasing{Batch: 4}
	for _, k := range found.Keys {
		e.Keys = append(e.Keys, warehouse.ErasedKey{Number: k.Number, Family: k.Family, Space: k.Space, Surrogate: "erased-" + string(rune('a'+k.Number))})
	}
	return e
}

// checkGone looks for texts in every file of a folder.
func checkGone(t *testing.T, dir string, texts []string) {
	t.Helper()
	for _, text := range texts {
		if inFiles(t, dir, text) {
			t.Errorf("%q is still in a file", text)
		}
	}
	for _, text := range others {
		if !inFiles(t, dir, text) {
			t.Errorf("%q of somebody else is gone", text)
		}
	}
}

// inFiles reports whether some file of a folder holds a text.
func inFiles(t *testing.T, dir, text string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		found = found || bytes.Contains(content, []byte(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
