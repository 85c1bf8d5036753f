package pipeline

import (
	"slices"

	"github.com/segue-cs/segue/internal/fact"
)

// readRow hands one row of a file, or the rows that it becomes, to the loader.
func (ld *loading) readRow(line int, decoder *fact.Decoder, counts *FileReport) error {
	if !decoder.Spreads() {
		return ld.take(line, ld.fields, decoder, counts)
	}
	before := counts.Rows
	ld.report.Spread++
	err := decoder.Spread(ld.fields, func(fields [][]byte) error { return ld.take(line, fields, decoder, counts) })
	if counts.Rows == before && err == nil {
		ld.report.Empty++
	}
	return err
}

// fateErased is the fate of a row about someone who was erased.
const fateErased = fact.Wrong + 1

// take decodes a row and hands it to the loader, unless the source leaves it
// out, it is wrong, or it is about someone who was erased.
func (ld *loading) take(line int, fields [][]byte, decoder *fact.Decoder, counts *FileReport) error {
	counts.Rows++
	var erased erasedness
	judged, rejections := decoder.Judge(line, fields)
	fate := judged
	switch judged {
	case fact.LeftOut, fact.LeftOutUnknown:
		counts.LeftOut++
		if fate == fact.LeftOutUnknown {
			ld.report.LeftOutUnknown++
		}
		return ld.leaveOut(line, fields, decoder, fate)
	case fact.Wrong: // whose row it is decides whether it may be quoted, and whose facts are not whole
		rejections = slices.Clone(rejections)
		decoder.DecodeKey(line, fields, &ld.row.Row)
		erased = ld.ofErased()
	case fact.Kept:
		rejections = decoder.Decode(line, fields, &ld.row.Row)
		if len(rejections) == 0 {
			rejections = ld.beyondTotals(line)
		}
		if len(rejections) > 0 {
			fate = fact.Wrong
		}
		erased = ld.ofErased()
	}
	if erased.about {
		fate = fateErased
	}
	if judged == fact.Kept {
		ld.addMoney(fate)
	}
	switch fate {
	case fateErased:
		counts.Erased++
		return nil
	case fact.Wrong:
		counts.Rejected++
		if erased.keys > 0 || erased.names {
			fields = nil // what stands in the row names them
		}
		if err := ld.rejects.add(rejections, fields); err != nil {
			return err
		}
		if ld.row.Account == nil {
			ld.countAnybodys()
		}
		return ld.leaveGap(rejections[0], decoder.Unread(), fields == nil)
	}
	ld.report.ErasedKeys += int64(erased.keys)
	return ld.loader.Add(ld.row)
}

// leaveOut counts what a row that is left out carries in the totals of the
// import, and tells the loader of it.
func (ld *loading) leaveOut(line int, fields [][]byte, decoder *fact.Decoder, fate fact.Fate) error {
	switch {
	case ld.hasMoney:
		decoder.Decode(line, fields, &ld.row.Row)
		ld.addMoney(fate)
	case ld.takesBack:
		decoder.DecodeKey(line, fields, &ld.row.Row)
	}
	if !ld.takesBack {
		return nil
	}
	ld.row.Left = fate
	err := ld.loader.Add(ld.row)
	ld.row.Left = fact.Kept
	return err
}

// leaveGap tells the loader of a row that is wrong; unquoted is one whose texts
// are not to be kept.
func (ld *loading) leaveGap(why fact.Rejection, unread fact.Unread, unquoted bool) error {
	why.File = ld.rejects.file
	if unquoted {
		why.Value, why.Reason = "", "it is wrong"
	}
	ld.row.Left, ld.row.Unread, ld.row.Wrong = fact.Wrong, unread, &why
	err := ld.loader.Add(ld.row)
	ld.row.Left, ld.row.Unread, ld.row.Wrong = fact.Kept, fact.Unread{}, nil
	return err
}
