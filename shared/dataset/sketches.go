package dataset

import (
	"fmt"
	"unsafe"

	"netra/shared/usage"
)

// Sketches reads the sketch column beside a scan, a row group at a time: 17 MB
// that only who needs them pays for. It is used by one goroutine.
type Sketches struct {
	file *File
	// group is the number of the row group at hand, -1 at first; its rows start at
	// first and end before last.
	group       int
	first, last int64
	// row i of the group has the values from[i] to from[i+1].
	from   []int32
	values []int32
}

// Sketches starts to read the file's sketches.
func (f *File) Sketches() *Sketches { return &Sketches{file: f, group: -1} }

// At returns the sketch of a row, nil if it has none. Rows must be asked for in
// order. It is overwritten when a row of the next group is asked for.
func (s *Sketches) At(row int64) ([]uint32, error) {
	for row >= s.last {
		if err := s.next(row); err != nil {
			return nil, err
		}
	}
	i := row - s.first
	v := s.values[s.from[i]:s.from[i+1]]
	if len(v) != usage.SketchBins {
		return nil, nil
	}
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(v))), len(v)), nil
}

// next moves on to the next row group, and reads it if it has the row.
func (s *Sketches) next(row int64) error {
	groups := s.file.parquet.RowGroups()
	if s.group++; s.group >= len(groups) {
		return fmt.Errorf("read column sketch of the data set: there is no row %d", row)
	}
	s.first, s.last = s.last, s.last+groups[s.group].NumRows()
	if row >= s.last {
		return nil
	}
	d := decoder{chunks: groups[s.group].ColumnChunks(), index: s.file.index}
	s.from, s.values = d.lists("sketch", s.from, s.values, int(s.last-s.first))
	return d.err
}
