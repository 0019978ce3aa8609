package usage

import (
	"errors"
	"fmt"

	"github.com/cespare/xxhash/v2"
)

// decoder turns records of one layout into calls. It keeps nothing from one
// record to the next but what saves work.
type decoder struct {
	layout     layout
	tree       *node
	columns    []*node // of a table, by cell; nil for columns that say nothing
	row        row
	walk       walker
	names      *names
	prompts    prompts
	priceModel string
	grade      Grader
	question   question
	identifies bool // rows have ids that tell which are of one call
	rows       int  // handed over of the record at hand
}

func newDecoder(l layout, columns []string, opts Options) *decoder {
	d := &decoder{layout: l, tree: l.tree(), names: newNames(opts.Key), priceModel: opts.PriceModel, grade: opts.Grade, identifies: l.merge != nil || l.repeats()}
	d.walk.row = &d.row
	d.row.local = l.local
	if columns != nil {
		d.columns = bindColumns(d.tree, columns)
	}
	key := opts.Key
	if key == "" {
		key = publicKey
	}
	d.prompts.seed = xxhash.Sum64String(key)
	return d
}

func (d *decoder) limit() int64 {
	if d.layout.summed {
		return maxTokens * 1_000_000
	}
	return maxTokens
}

// handler takes one row of a record: a row that could be read, or err.
type handler func(r *row, err error)

// record reads a record and hands over each of its rows.
func (d *decoder) record(rec *record, h handler) {
	d.walk.begin()
	d.rows, d.row.at, d.row.service = 0, rec.at, rec.service
	if rec.cells != nil {
		d.row.reset(d.limit(), true)
		h(&d.row, d.cells(rec.cells))
		return
	}
	d.row.reset(d.limit(), false)
	d.json(rec.json, 0, h)
}

func (d *decoder) cells(cells [][]byte) error {
	for i, cell := range cells {
		n := d.columns[i]
		if n == nil {
			continue
		}
		if n.field != fNone {
			d.row.set(n, value{text: cell})
			continue
		}
		d.walk.nesting = 0
		if err := d.walk.inner(cell, n); err != nil {
			return fmt.Errorf("column %d: %w", i+1, badJSON(err))
		}
	}
	return nil
}

// Bounds on the rows that one record holds, and on how deep in arrays they may be.
const (
	maxRows       = 1 << 17
	maxRowNesting = 8
)

var (
	errRows       = fmt.Errorf("the record goes on with more than %d rows", maxRows)
	errRowNesting = fmt.Errorf("the rows are nested in more than %d arrays", maxRowNesting)
)

// json reads a JSON value; an array, or the array that the layout's stash
// names, holds rows of its own, which inherit what stands around it.
func (d *decoder) json(text []byte, nesting int, h handler) {
	elements := text
	if text[0] != '[' {
		if err := d.walk.record(text, d.tree); err != nil {
			h(&d.row, badJSON(err))
			return
		}
		if elements = d.walk.stashed; elements == nil {
			h(&d.row, nil)
			return
		}
	}
	if nesting == maxRowNesting {
		h(&d.row, errRowNesting)
		return
	}
	outer, reason := d.row.seen, d.row.reason
	inner := scan(elements)
	err := inner.each(func() error {
		raw, err := inner.raw()
		if err != nil {
			return err
		}
		if d.rows++; d.rows > maxRows {
			return errRows
		}
		d.row.seen, d.row.reason = outer, reason
		d.json(raw, nesting+1, h)
		return nil
	})
	if err != nil {
		h(&d.row, badJSON(err))
	}
}

// errJSON stands for every fault of JSON: the library's chain of positions
// would fill a report.
var errJSON = errors.New("not valid JSON")

func badJSON(err error) error {
	if errors.Is(err, errNesting) || errors.Is(err, errRows) {
		return err
	}
	return errJSON
}
