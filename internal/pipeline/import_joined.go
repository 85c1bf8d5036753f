package pipeline

import (
	"context"
	"fmt"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/query"
)

// namedJoins is how many accounts a warning names.
const namedJoins = 3

// tellJoined tells of accounts of which the import says something new and that
// count as another today, since people joined them: nothing of that changes.
func (ld *loading) tellJoined(ctx context.Context) error {
	e := ld.engine
	decisions, err := e.State.Decisions(ctx)
	if err != nil || len(decisions) == 0 {
		return err
	}
	into := intoOn(customer.Spans(links(decisions)), e.day(nil, ld.request.Now))
	var records, wanted []int64
	err = e.each(ctx, query.JoinedOfBatch(ld.batch), func(row []any) {
		if _, counts := into[int32(whole(row[0]))]; counts {
			records = append(records, whole(row[0]))
		}
	})
	if err != nil || len(records) == 0 {
		return err
	}
	for _, record := range records[:min(len(records), namedJoins)] {
		wanted = append(wanted, record, int64(into[int32(record)]))
	}
	ids, names := map[int64]string{}, map[int64]string{}
	err = e.each(ctx, query.NamesOfRecords(wanted), func(row []any) {
		ids[whole(row[0])] = plainID(text(row[2]))
		names[whole(row[0])] = ids[whole(row[0])]
		if name := text(row[3]); name != "" {
			names[whole(row[0])] = fmt.Sprintf("%s (%s)", plainID(name), ids[whole(row[0])])
		}
	})
	if err != nil {
		return err
	}
	var list []string
	for i := 0; i < len(wanted); i += 2 {
		list = append(list, ids[wanted[i]]+" as "+names[wanted[i+1]])
	}
	if more := len(records) - len(list); more > 0 {
		list = append(list, "and "+grouped(int64(more))+" more")
	}
	is, count := "is", "counts"
	if len(records) != 1 {
		is, count = "are", "count"
	}
	ld.warn("%s that people joined with another %s listed again, and %s as before: %s; all of them: segue match --joined",
		quantity(int64(len(records)), "account"), is, count, strings.Join(list, ", "))
	return nil
}
