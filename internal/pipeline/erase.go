package pipeline

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/state"
	"github.com/segue-cs/segue/internal/warehouse"
)

// ErrNotKnown is returned for an id of which nothing is stored.
var ErrNotKnown = errors.New("nothing is stored of anyone by that id")

// EraseRequest asks for someone to be erased: Contact or Account is their id
// in the id space Ids.
type EraseRequest struct {
	Contact string    `json:"contact,omitempty"`
	Account string    `json:"account,omitempty"`
	Ids     string    `json:"ids,omitempty"`     // "" is "main"
	DryRun  bool      `json:"dry_run,omitempty"` // only say what would go
	Now     time.Time `json:"now"`
}

// EraseReport says what was erased, or would be.
type EraseReport struct {
	Subject string       `json:"subject"` // "contact" or "account"
	Done    bool         `json:"done"`
	On      period.Date  `json:"on"`
	Ids     int64        `json:"ids"`
	People  int64        `json:"people"` // of an account: known only there, and erased with it
	Facts   int64        `json:"facts"`
	Kinds   []ErasedKind `json:"kinds"`

	// JoinedWith are accounts that count as one customer with the account, and
	// are not erased with it.
	JoinedWith []FurtherID `json:"joined_with,omitempty"`

	// AlsoAccounts are where the id of a contact is one of accounts too, as the
	// e-mail address of who answered a survey: it is not erased there.
	AlsoAccounts []FurtherID `json:"also_accounts,omitempty"`
}

// ErasedKind is the part of one kind of fact.
type ErasedKind struct {
	Kind  string       `json:"fact"`
	Title string       `json:"title"`
	Facts int64        `json:"facts"`
	Texts []ErasedText `json:"texts"`
}

// ErasedText is a column whose texts go. Examples are shown before it is done,
// never after.
type ErasedText struct {
	Column   string   `json:"column"`
	Title    string   `json:"title"`
	Facts    int64    `json:"facts"`
	Examples []string `json:"examples,omitempty"`
}

// Erase takes the names and other personal texts of a contact or an account,
// and their ids, out of everything that is stored; of an account, also those
// of people who are known only there. Facts stay, and every count with them.
//
// It is decided once it is in the state: an erasure that is killed after that
// is completed at the next start, and one before has changed nothing. A digest
// of each id stays, by which imports leave out rows about them.
//
// It returns ErrNotKnown where there is nothing to erase.
func (e *Engine) Erase(ctx context.Context, r EraseRequest) (EraseReport, error) {
	report := EraseReport{Subject: warehouse.Contacts, On: e.day(nil, r.Now), Kinds: []ErasedKind{}}
	subject := warehouse.Subject{Family: warehouse.Contacts, Space: r.Ids, ID: r.Contact}
	switch {
	case (r.Contact == "") == (r.Account == ""):
		return report, errors.New("erase: name either a contact or an account")
	case r.Account != "":
		report.Subject = warehouse.Accounts
		subject.Family, subject.ID = warehouse.Accounts, r.Account
	}
	found, err := e.Warehouse.Personal(ctx, subject)
	if err != nil {
		return report, err
	}
	known, err := e.readErased(ctx)
	if err != nil {
		return report, err
	}
	found.Keys = slices.DeleteFunc(found.Keys, func(k warehouse.Key) bool { return known.surrogates[k.ID] })
	if len(found.Keys) == 0 {
		return report, e.unknownSubject(known, subject)
	}
	if report.JoinedWith, err = e.joinedBeside(ctx, found.Keys, known, report.On); err != nil {
		return report, err
	}
	if r.Contact != "" {
		err := e.each(ctx, query.SpacesOfAccount(r.Contact), func(row []any) {
			report.AlsoAccounts = append(report.AlsoAccounts, FurtherID{ID: r.Contact, Ids: text(row[0])})
		})
		if err != nil {
			return report, err
		}
	}
	e.describeErasure(&report, found, r.DryRun)
	if r.DryRun {
		return report, nil
	}
	if err := e.decideErasure(ctx, found, report, r.Now); err != nil {
		return report, err
	}
	report.Done = true
	return report, e.finishErasures(ctx, r.Now)
}

// unknownSubject says that nothing is stored of an id, or since when not.
func (e *Engine) unknownSubject(known *erased, s warehouse.Subject) error {
	if known.surrogates[s.ID] {
		return fmt.Errorf("erase %s %q: it was erased already", s.Family, s.ID)
	}
	if k, ok := known.find(s.Family, s.Space, []byte(s.ID)); ok {
		return fmt.Errorf("erase %s %q: it was erased on %s", s.Family, s.ID, e.day(nil, k.decided))
	}
	return fmt.Errorf("erase %s %q: %w (ids are those of the source, in the id space of --ids)", s.Family, s.ID, ErrNotKnown)
}

func (e *Engine) describeErasure(report *EraseReport, found warehouse.Personal, examples bool) {
	report.Ids, report.Facts = int64(len(found.Keys)), found.Facts()
	for _, k := range found.Keys {
		if k.Family != report.Subject {
			report.People++
		}
	}
	for _, k := range found.Kinds {
		kind := ErasedKind{Kind: k.Kind, Title: k.Kind, Facts: k.Facts, Texts: []ErasedText{}}
		if known, ok := e.Strategy.Kind(k.Kind); ok && known.Title != "" {
			kind.Title = known.Title
		}
		for _, t := range k.Texts {
			text := ErasedText{Column: t.Column.Name, Title: t.Column.Title, Facts: t.Facts}
			if text.Title == "" {
				text.Title = t.Column.Name
			}
			if examples {
				text.Examples = t.Examples
			}
			kind.Texts = append(kind.Texts, text)
		}
		report.Kinds = append(report.Kinds, kind)
	}
}

// decideErasure keeps the erasure in the state, from where it is carried out.
func (e *Engine) decideErasure(ctx context.Context, found warehouse.Personal, report EraseReport, now time.Time) error {
	salt, err := e.salt(ctx)
	if err != nil {
		return err
	}
	batch, err := e.State.Begin(ctx, "erase", report.Subject, now)
	if err != nil {
		return err
	}
	erasure := state.Erasure{Batch: batch, Subject: report.Subject, Decided: now, Facts: report.Facts}
	for _, k := range found.Keys {
		erasure.Keys = append(erasure.Keys, state.ErasedKey{
			Number: k.Number, Family: k.Family, Space: k.Space, Salt: salt,
			Digest: digestOf(salt, k.Family, k.Space, []byte(k.ID)), Surrogate: surrogate(),
		})
	}
	if err := e.State.SaveErasure(ctx, erasure); err != nil {
		return errors.Join(err, e.State.Abort(context.WithoutCancel(ctx), batch, now))
	}
	return nil
}

// surrogatePrefix begins the ids of those who were erased.
const surrogatePrefix = "erased-"

// surrogate makes up an id.
func surrogate() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails
	return surrogatePrefix + hex.EncodeToString(b[:])
}

// salt returns the salt of all digests, made with the first erasure.
func (e *Engine) salt(ctx context.Context) ([]byte, error) {
	erasures, err := e.State.Erasures(ctx)
	if err != nil {
		return nil, err
	}
	for _, x := range erasures {
		for _, k := range x.Keys {
			return k.Salt, nil
		}
	}
	salt := make([]byte, 32)
	_, _ = rand.Read(salt) // never fails
	return salt, nil
}

// finishErasures carries out what was decided and is not finished.
func (e *Engine) finishErasures(ctx context.Context, now time.Time) error {
	erasures, err := e.State.Erasures(ctx)
	if err != nil {
		return err
	}
	for _, x := range erasures {
		if x.Finished {
			continue
		}
		erasing := warehouse.Erasing{Batch: x.Batch}
		for _, k := range x.Keys {
			erasing.Keys = append(erasing.Keys, warehouse.ErasedKey{Number: k.Number, Family: k.Family, Space: k.Space, Surrogate: k.Surrogate})
		}
		if erasing.Results, err = e.resultTexts(ctx); err != nil {
			return err
		}
		if err := e.Warehouse.Erase(ctx, erasing); err != nil {
			return fmt.Errorf("%w (it is decided: the next command takes it up again)", err)
		}
		if err := e.State.FinishErasure(ctx, x.Batch, now); err != nil {
			return err
		}
	}
	return nil
}

// resultTexts says where the tables of runs hold texts.
func (e *Engine) resultTexts(ctx context.Context) ([]warehouse.ResultTexts, error) {
	runs, err := e.State.Runs(ctx)
	if err != nil {
		return nil, err
	}
	var list []warehouse.ResultTexts
	for _, run := range runs {
		for _, result := range run.Results {
			grain, err := customer.ParseGrain(result.Grain)
			if err != nil || len(result.Columns) == 0 {
				continue // who belongs to whom: numbers alone
			}
			var columns []query.ResultColumn
			if err := json.Unmarshal(result.Columns, &columns); err != nil {
				return nil, fmt.Errorf("read run %d: %w", run.Batch, err)
			}
			list = append(list, textsOf(result.Table, grain, columns))
		}
	}
	return list, nil
}

func textsOf(table string, grain customer.Grain, columns []query.ResultColumn) warehouse.ResultTexts {
	texts := warehouse.ResultTexts{Table: table, Coded: map[string]string{}}
	texts.Of = func(family string, number int64) (int64, int64, bool) {
		return query.CustomersOf(grain, family == warehouse.Contacts, number)
	}
	for _, c := range columns {
		switch {
		case c.Domain != "":
			texts.Coded[c.Name] = c.Domain
		case c.Type == rule.TypeText && c.Labels == nil && (c.Role == query.RoleMetric || c.Role == query.RoleEarlier || c.Role == query.RoleOfAccount):
			texts.Plain = append(texts.Plain, c.Name)
		}
	}
	return texts
}
