package usage

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// openParquet reads a Parquet file as a table whose columns are the leaves of
// its schema, keys parted by "/".
func openParquet(u *unpacked, original io.Reader, opts Options) (r *Reader, err error) {
	at, size, done, err := randomAccess(u, original, opts, "Parquet")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			done()
		}
	}()
	file, err := openParquetFile(at, size)
	if err != nil {
		return nil, err
	}
	if n := unpackedBytes(file); n > opts.MaxUnpacked {
		return nil, refuse(KindTooLarge, "the log unpacks to %s, more than %s; split it or send a shorter span", bytesText(n), bytesText(opts.MaxUnpacked))
	}
	p, err := newParquetRows(file, opts.MaxRecord)
	if err != nil {
		return nil, err
	}
	_, l, err := chooseTable(p.columns, nil, opts)
	if err != nil {
		return nil, err
	}
	r = newReader(p, "parquet", l, p.columns, opts)
	r.close = done
	return r, nil
}

// recovered makes an error of a panic: the library panics on some damaged files.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = damagedParquet(fmt.Errorf("%v", p))
	}
}

// openParquetFile reads the file's footer.
func openParquetFile(at io.ReaderAt, size int64) (file *parquet.File, err error) {
	defer recovered(&err)
	file, err = parquet.OpenFile(at, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, damagedParquet(err)
	}
	return file, nil
}

// unpackedBytes is the size of all columns as the footer states it.
func unpackedBytes(file *parquet.File) (n int64) {
	for _, group := range file.Metadata().RowGroups {
		n += max(0, group.TotalByteSize)
	}
	return n
}

func damagedParquet(err error) error {
	e := refuse(KindDamaged, "the Parquet file is damaged or cut off; export or copy it again")
	e.Err = fmt.Errorf("%w: %w", errParquet, err)
	return e
}

// errParquet marks errors of the Parquet library.
var errParquet = errors.New("parquet")

// maxCopied bounds the temporary copy of a Parquet file that comes as a stream:
// on Cloud Run and Lambda it is memory.
const maxCopied = 512 << 20

// randomAccess returns the log as an io.ReaderAt: the original if it can be
// that and is not packed, and else a temporary copy within the bound.
func randomAccess(u *unpacked, original io.Reader, opts Options, kind string) (io.ReaderAt, int64, func(), error) {
	type seekable interface {
		io.ReaderAt
		io.Seeker
	}
	if s, ok := original.(seekable); ok && u.packing == "" {
		size, err := s.Seek(0, io.SeekEnd)
		if err == nil {
			return s, size, func() {}, nil
		}
	}
	f, err := os.CreateTemp("", "netra-*")
	if err != nil {
		return nil, 0, nil, fmt.Errorf("make room for the %s file: %w", kind, err)
	}
	done := func() { _ = errors.Join(f.Close(), os.Remove(f.Name())) } // a leftover is the system's to clean
	most := min(opts.MaxUnpacked, maxCopied)
	n, err := io.Copy(f, io.LimitReader(u, most+1))
	switch {
	case err != nil:
		done()
		return nil, 0, nil, fmt.Errorf("copy the %s file: %w", kind, err)
	case n > most:
		done()
		return nil, 0, nil, refuse(KindTooLarge, "a %s log may have up to %s here, because it is read from its end; split it, or send it as CSV or JSON Lines", kind, bytesText(most))
	}
	return f, n, done, nil
}

// parquetRows is a source of the rows of a Parquet file, as cells of text.
type parquetRows struct {
	groups  []parquet.RowGroup
	rows    parquet.Rows
	buf     []parquet.Row
	n, i    int
	line    int64
	max     int
	columns []string
	convert []writeValue
	repeat  []bool
	text    []byte
	cells   [][]byte
}

// parquetBatch is how many rows are decoded at a time.
const parquetBatch = 128

func newParquetRows(file *parquet.File, max int) (p *parquetRows, err error) {
	defer recovered(&err)
	p = &parquetRows{groups: file.RowGroups(), buf: make([]parquet.Row, parquetBatch), max: max}
	for _, path := range file.Schema().Columns() {
		leaf, _ := file.Schema().Lookup(path...)
		p.columns = append(p.columns, strings.Join(withoutLists(path), "/"))
		p.convert = append(p.convert, converter(leaf.Node))
		p.repeat = append(p.repeat, leaf.MaxRepetitionLevel > 0)
	}
	p.cells = make([][]byte, len(p.columns))
	return p, nil
}

// withoutLists leaves out the levels that Parquet's LIST and MAP types add.
func withoutLists(path []string) []string {
	var out []string
	for i, key := range path {
		if i > 0 && (key == "list" || key == "element" || key == "item" || key == "array" || key == "bag") {
			continue
		}
		out = append(out, key)
	}
	return out
}

// next returns the next row. A panic of the library over a damaged page is an
// error that ends the log.
func (p *parquetRows) next() (rec record, err error) {
	defer recovered(&err)
	for p.i >= p.n {
		if err := p.fill(); err != nil {
			return record{}, err
		}
	}
	row := p.buf[p.i]
	p.i++
	p.line++
	if err := p.cellsOf(row); err != nil {
		return record{}, &unreadableError{p.line, err}
	}
	return record{cells: p.cells, line: p.line}, nil
}

func (p *parquetRows) fill() error {
	if p.rows == nil {
		if len(p.groups) == 0 {
			return io.EOF
		}
		p.rows, p.groups = p.groups[0].Rows(), p.groups[1:]
	}
	n, err := p.rows.ReadRows(p.buf)
	p.n, p.i = n, 0
	switch {
	case err == io.EOF:
		err = p.rows.Close()
		p.rows = nil
	case err == nil && n == 0:
		return damagedParquet(io.ErrNoProgress)
	}
	if err != nil {
		return damagedParquet(err)
	}
	return nil
}

// cellsOf writes a row's values as text, repeated ones as a JSON list.
func (p *parquetRows) cellsOf(row parquet.Row) error {
	p.text = p.text[:0]
	for i := range p.cells {
		p.cells[i] = nil
	}
	tooLong := false
	row.Range(func(column int, values []parquet.Value) bool {
		start := len(p.text)
		for i, v := range values {
			if v.IsNull() {
				continue
			}
			if p.repeat[column] {
				p.text = append(p.text, "[,"[min(i, 1)])
			}
			p.text = p.convert[column](p.text, v)
		}
		if p.repeat[column] && len(p.text) > start {
			p.text = append(p.text, ']')
		}
		p.cells[column] = p.text[start:len(p.text):len(p.text)]
		tooLong = len(p.text) > p.max
		return !tooLong
	})
	if tooLong {
		return errRecordTooLong
	}
	return nil
}
