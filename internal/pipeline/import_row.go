package pipeline

import (
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

// take decodes a row and hands it to the loader, unless the source leaves it
// out or it is wrong.
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
	case fact.Kept:
		rejections = decoder.Decode(line, fields, &ld.row.Row)
		if len(rejections) > 0 {
			fate = fact.Wrong
		}
		ld.addMoney(fate)
	}
	if fate == fact.Wrong {
		counts.Rejected++
		return ld.rejects.add(rejections, fields)
	}
	return ld.loader.Add(ld.row)
}
