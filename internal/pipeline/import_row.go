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

// ofErased is the fate of a row about someone who was erased.
const ofErased = fact.Wrong + 1

// take decodes a row and hands it to the loader, unless the source leaves it
// out, it is wrong, or it is about someone who was erased.
func (ld *loading) take(line int, fields [][]byte, decoder *fact.Decoder, counts *FileReport) error {
	counts.Rows++
	fate, rejections := decoder.Judge(line, fields)
	switch fate {
	case fact.LeftOut, fact.LeftOutUnknown:
		counts.LeftOut++
		if fate == fact.LeftOutUnknown {
			ld.report.LeftOutUnknown++
		}
		if ld.hasMoney { // what it carries counts in the totals of the import
			decoder.Decode(line, fields, &ld.row.Row)
			ld.addMoney(fate)
		}
		return nil
	case fact.Wrong:
		if !ld.erased.none() { // whose row it is decides whether it may be quoted
			rejections = slices.Clone(rejections)
			decoder.Decode(line, fields, &ld.row.Row)
			if ld.isErased() {
				fate = ofErased
			}
		}
	case fact.Kept:
		rejections = decoder.Decode(line, fields, &ld.row.Row)
		if len(rejections) > 0 {
			fate = fact.Wrong
		}
		if ld.isErased() {
			fate = ofErased
		}
		ld.addMoney(fate)
	}
	switch fate {
	case ofErased:
		counts.Erased++
		return nil
	case fact.Wrong:
		counts.Rejected++
		return ld.rejects.add(rejections, fields)
	}
	return ld.loader.Add(ld.row)
}
