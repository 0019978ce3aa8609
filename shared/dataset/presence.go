package dataset

import (
	"fmt"

	"github.com/parquet-go/parquet-go"
)

// Presence tells beside a scan which rows have a value in a column that the scan
// does not read. It is used by one goroutine.
type Presence struct {
	file   *File
	column string
	// group is the number of the row group at hand, -1 at first; its rows start at
	// first and end before last.
	group       int
	first, last int64
	has         []bool
}

// Presence starts to read which rows have a value in an optional column.
func (f *File) Presence(column string) *Presence {
	return &Presence{file: f, column: column, group: -1}
}

// At reports whether a row has a value. Rows must be asked for in order.
func (p *Presence) At(row int64) (bool, error) {
	for row >= p.last {
		if err := p.next(row); err != nil {
			return false, fmt.Errorf("read column %s of the data set: %w", p.column, err)
		}
	}
	return p.has[row-p.first], nil
}

// next moves on to the next row group, and reads it if it has the row.
func (p *Presence) next(row int64) error {
	groups := p.file.parquet.RowGroups()
	if p.group++; p.group >= len(groups) {
		return fmt.Errorf("there is no row %d", row)
	}
	p.first, p.last = p.last, p.last+groups[p.group].NumRows()
	if row >= p.last {
		return nil
	}
	p.has = p.has[:0]
	pages := groups[p.group].ColumnChunks()[p.file.index[p.column]].Pages()
	err := eachPage(pages, p.add)
	if closed := pages.Close(); err == nil {
		err = closed
	}
	if err == nil && int64(len(p.has)) != p.last-p.first {
		err = fmt.Errorf("%d values for %d rows", len(p.has), p.last-p.first)
	}
	return err
}

func (p *Presence) add(page parquet.Page) error {
	for _, level := range page.DefinitionLevels() {
		p.has = append(p.has, level > 0)
	}
	return nil
}
