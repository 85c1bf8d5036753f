package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
)

// Load implements warehouse.Warehouse.
func (w *Warehouse) Load(ctx context.Context, l warehouse.Loading) (warehouse.Loader, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.loading {
		return nil, fmt.Errorf("load %s: another load is under way", l.Source)
	}
	w.profiles.pause(true)
	ld, err := w.begin(ctx, l)
	if err != nil {
		w.profiles.pause(false)
		return nil, fmt.Errorf("load %s: %w", l.Source, understood(err))
	}
	w.loading = true
	return ld, nil
}

// begin prepares a load. w.mu is held.
func (w *Warehouse) begin(ctx context.Context, l warehouse.Loading) (*loader, error) {
	if _, ok := w.kinds[l.Kind.Name]; !ok {
		return nil, fmt.Errorf("fact kind %q is not prepared", l.Kind.Name)
	}
	if l.Now == 0 {
		l.Now = time.Now().UnixMicro()
	}
	if err := w.checkSwept(ctx, l.Batch); err != nil {
		return nil, err
	}
	if w.known == nil {
		k, err := loadKnown(ctx, w.db)
		if err != nil {
			return nil, err
		}
		w.known = k
	}
	if w.nextRow == 0 {
		next, err := w.readNextRow(ctx)
		if err != nil {
			return nil, err
		}
		w.nextRow = next
	}
	ld := &loader{w: w, loading: l, firstRow: w.nextRow, nextRow: w.nextRow, previous: map[int64]int64{}, inherited: map[int64]undone{}, revived: map[int64]undone{}}
	if err := ld.open(ctx); err != nil {
		return nil, err
	}
	var run context.Context
	run, ld.cancel = context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, ld.cancel)
	batches := ld.batches
	go func() {
		defer stop()
		ld.run(run, batches)
	}()
	return ld, nil
}

// checkSwept refuses to load on top of what a killed load left behind.
func (w *Warehouse) checkSwept(ctx context.Context, batch int64) error {
	var left sql.NullInt64
	err := w.db.QueryRowContext(ctx, `SELECT min(l.batch) FROM loading l
		WHERE l.batch <> ? AND l.source > 0 AND NOT EXISTS (SELECT 1 FROM loaded d WHERE d.batch = l.batch AND d.kind = l.kind AND d.source = l.source)`,
		batch).Scan(&left)
	if err != nil {
		return fmt.Errorf("look for unfinished loads: %w", err)
	}
	if left.Valid {
		return fmt.Errorf("batch %d did not finish and was not swept", left.Int64)
	}
	return nil
}

// readNextRow returns a row id above every row stored.
func (w *Warehouse) readNextRow(ctx context.Context) (int64, error) {
	stored, err := w.storedColumns(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the last row: %w", err)
	}
	query := `SELECT max(coalesce(successor, 0)) AS row FROM superseded UNION ALL SELECT max(row) FROM account_key
		UNION ALL SELECT max(row) FROM account_said UNION ALL SELECT max(gap) FROM gap UNION ALL SELECT max(row) FROM gap_end`
	for table := range stored {
		query += ` UNION ALL SELECT max(_row) FROM ` + quote(table)
	}
	var last sql.NullInt64
	if err := w.db.QueryRowContext(ctx, `SELECT max(row) FROM (`+query+`)`).Scan(&last); err != nil {
		return 0, fmt.Errorf("read the last row: %w", err)
	}
	return last.Int64 + 1, nil
}

// open reads the dictionaries that the load needs and notes that it began.
func (ld *loader) open(ctx context.Context) error {
	k := ld.w.known
	ld.started = beginning{lastKey: k.lastKey, codes: map[space]int32{}}
	if err := ld.encoder.open(ctx, ld.w, k, ld.loading, ld.started.codes); err != nil {
		return err
	}
	if err := ld.openSource(ctx, k); err != nil {
		return err
	}
	err := ld.w.db.QueryRowContext(ctx, `SELECT coalesce(sum(rows), 0)::BIGINT, coalesce(min(first_at), 0), coalesce(max(last_at), 0)
		FROM loaded WHERE source = ? AND rows > 0`, ld.source).Scan(&ld.stored.rows, &ld.stored.firstAt, &ld.stored.lastAt)
	if err != nil {
		return fmt.Errorf("read what is stored of the source: %w", err)
	}
	if ld.hasEnded, err = ld.anyEnded(ctx); err != nil {
		return err
	}
	if err := ld.gaps.open(ctx, ld); err != nil {
		return err
	}
	ld.main, ld.repeated = newChunk(ld.encoder.values), newChunk(ld.encoder.values)
	width := 0
	for i, f := range ld.main.fields {
		if i != atIndex && i != atDay {
			ld.stores = append(ld.stores, i)
		}
		if f.wide != nil {
			width += 8
		} else {
			width += 4
		}
	}
	ld.chunkRows = min(chunkBytes/width, 1<<20)
	if n := ld.w.options.ChunkRows; n > 0 {
		ld.chunkRows = n
	}
	ld.ledger = newLedger(ld.encoder.values)
	if ld.conn, err = ld.w.db.Conn(ctx); err != nil {
		return err
	}
	if err := ld.w.limitMemory(ctx, ld.conn, fmt.Sprintf("%dMB", memoryOf(len(ld.loading.Kind.Columns), ld.w.options.Threads))); err != nil {
		return errors.Join(err, ld.conn.Close())
	}
	const depth = 4
	ld.batches, ld.empty, ld.finished = make(chan *handful, depth), make(chan *handful, depth+2), make(chan struct{})
	return nil
}

// memoryOf is how many MB a load of a kind with so many columns may use.
func memoryOf(columns, threads int) int {
	return loadMemory + threadMemory*threads + columnMemory*max(0, columns-fewColumns)
}

// limitMemory says how much memory the engine may use from now on, where the
// options do not. What has no file stays in memory anyway.
func (w *Warehouse) limitMemory(ctx context.Context, conn *sql.Conn, limit string) error {
	if w.options.MemoryLimit != "" || w.file == "" {
		return nil
	}
	text := "SET memory_limit = " + literal(limit)
	if _, err := conn.ExecContext(ctx, text); err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	return nil
}

// openSource finds or makes the number of the source.
func (ld *loader) openSource(ctx context.Context, k *known) error {
	l := ld.loading
	return ld.w.inTransaction(ctx, func(tx *sql.Tx) error {
		id, ok := k.sources[l.Source]
		if !ok {
			id = int32(len(k.sources) + 1)
			if _, err := tx.ExecContext(ctx, `INSERT INTO source VALUES (?, ?, ?, ?)`, id, l.Source, l.Kind.Name, spaceName(l.Ids)); err != nil {
				return fmt.Errorf("add source: %w", err)
			}
			k.sources[l.Source] = id
		}
		ld.source = id
		_, err := tx.ExecContext(ctx, `INSERT INTO loading VALUES (?, ?, ?, ?)`, l.Batch, l.Kind.Name, id, ld.firstRow)
		return err
	})
}

func spaceName(name string) string {
	if name == "" {
		return "main"
	}
	return name
}

// open binds the columns of the kind to dictionaries and fields.
func (e *encoder) open(ctx context.Context, w *Warehouse, k *known, l warehouse.Loading, codes map[space]int32) error {
	*e = encoder{
		kind: l.Kind, known: k, patch: l.Mode == fact.Patch, replaces: -1,
		seed:     seedOf(l.Source, l.Kind.Name),
		keyParts: keyPartsOf(l.Kind), repeats: map[uint64]uint64{}, currencyCodes: map[string]int32{},
	}
	if l.Mode == fact.Snapshot {
		e.listed = &seen{}
	}
	var err error
	dictionaryOf := func(family, name string) *dictionary {
		if err != nil {
			return nil
		}
		s := space{family, name}
		var d *dictionary
		if d, err = k.open(ctx, w.db, s); err == nil && family == familyText {
			codes[s] = d.next
		}
		return d
	}
	e.accounts = dictionaryOf(familyAccount, spaceName(l.Ids))
	for _, s := range l.KeySpaces {
		e.others = append(e.others, dictionaryOf(familyAccount, spaceName(s)))
		e.claimsOwn = e.claimsOwn || spaceName(s) == spaceName(l.Ids)
	}
	next := systemFields
	for _, c := range l.Kind.Columns {
		v := valueField{Column: c, field: -1, name: xxh3.HashString(c.Name)}
		if c.Name != fact.ColAccount {
			v.field = next
			next++
		}
		if c.Name == "supersedes" && c.Type == fact.Text {
			e.replaces = v.field
		}
		switch {
		case v.field < 0:
		case c.Type == fact.Money:
			next++
			e.currencies = dictionaryOf(familyText, "currency")
		case c.Type == fact.Text:
			v.dictionary = dictionaryOf(familyText, l.Kind.TextDomain(c))
		case c.Type == fact.Account:
			v.dictionary = e.accounts
		case c.Type == fact.Contact:
			v.dictionary = dictionaryOf(familyContact, spaceName(l.ContactIds))
		}
		e.byName = append(e.byName, len(e.values))
		e.values = append(e.values, v)
	}
	slices.SortFunc(e.byName, func(a, b int) int { return strings.Compare(e.values[a].Name, e.values[b].Name) })
	return err
}
