package dataset

import (
	"fmt"

	"github.com/parquet-go/parquet-go"
)

// Grades reads the calls' grades beside a scan, a row group at a time: only who
// needs them pays for them. It is used by one goroutine.
type Grades struct {
	file *File
	// group is the number of the row group at hand, -1 at first; its rows start at
	// first and end before last.
	group       int
	first, last int64
	values      []int64
	decoder     decoder
}

// Grades starts to read the file's grades.
func (f *File) Grades() *Grades {
	return &Grades{file: f, group: -1, decoder: decoder{index: f.index, buf: new(scratch)}}
}

// At returns the grade of a row, 0 if it has none. Rows must be asked for in order.
func (g *Grades) At(row int64) (uint8, error) {
	for row >= g.last {
		if err := g.next(row); err != nil {
			return 0, err
		}
	}
	return uint8(g.values[row-g.first]), nil
}

// next moves on to the next row group, and reads it if it has the row.
func (g *Grades) next(row int64) error {
	groups := g.file.parquet.RowGroups()
	if g.group++; g.group >= len(groups) {
		return fmt.Errorf("read the grades of the data set: there is no row %d", row)
	}
	g.first, g.last = g.last, g.last+groups[g.group].NumRows()
	if row >= g.last {
		return nil
	}
	return g.read(groups[g.group])
}

func (g *Grades) read(group parquet.RowGroup) error {
	g.values = sized(g.values, int(group.NumRows()))
	g.decoder.chunks = group.ColumnChunks()
	g.decoder.ints("route_grade", g.values)
	return g.decoder.err
}
