package usage

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

// Records are cut out of the log one by one, and decoded many at a time on all
// processors. Their order is kept, and nothing runs between two calls of Read.
const (
	// batchBytes and batchRecords bound the records that are decoded together.
	batchBytes   = 128 << 10
	batchRecords = 512
	maxDecoders  = 4
)

// batch is a run of records, and the rows that they became.
type batch struct {
	dec     *decoder
	text    []byte
	cells   [][]byte
	records []record
	rows    []decoded
	// broken is the panic that ended the decoding, nil without one. Whoever reads the
	// log gets it: on a goroutine of its own it would end the process.
	broken any
}

// decoding is the decoders of a log and what they have decoded.
type decoding struct {
	batches []batch
	// filled are the batches with rows; at is the next row of the first of them.
	filled []batch
	at     int
	// end is why the source has no more records, io.EOF at its end.
	end error
}

func newDecoding(l layout, columns []string, opts Options) decoding {
	d := decoding{batches: make([]batch, min(runtime.GOMAXPROCS(0), maxDecoders))}
	for i := range d.batches {
		d.batches[i].dec = newDecoder(l, columns, opts)
	}
	return d
}

// next returns the next row, which holds until the call after it, or nil if
// there are no more.
func (d *decoding) next(src source) *decoded {
	for {
		for len(d.filled) > 0 && d.at == len(d.filled[0].rows) {
			d.filled, d.at = d.filled[1:], 0
		}
		if len(d.filled) > 0 {
			d.at++
			return &d.filled[0].rows[d.at-1]
		}
		if d.end != nil {
			return nil
		}
		d.refill(src)
	}
}

// refill cuts out a batch for each decoder; each begins as soon as its batch is there.
func (d *decoding) refill(src source) {
	var busy sync.WaitGroup
	n, bytes := 0, 0
	for n < len(d.batches) && d.end == nil && bytes < batchBytes*len(d.batches) {
		b := &d.batches[n]
		d.end = b.cut(src)
		bytes += len(b.text)
		n++
		if d.end != nil || n == len(d.batches) {
			b.decode() // the last one needs no help
			break
		}
		busy.Go(b.decode)
	}
	busy.Wait()
	for i := range d.batches[:n] {
		if p := d.batches[i].broken; p != nil {
			panic(p)
		}
	}
	d.filled, d.at = d.batches[:n], 0
}

// cut fills a batch with records. The error ends the log.
func (b *batch) cut(src source) error {
	if cap(b.text) > 2*batchBytes { // a record was large
		b.text = nil
	}
	b.text, b.cells, b.records = b.text[:0], b.cells[:0], b.records[:0]
	for len(b.records) < batchRecords && len(b.text) < batchBytes {
		rec, err := src.next()
		var broken *unreadableError
		switch {
		case err == nil:
			b.keep(rec)
		case errors.As(err, &broken):
			b.records = append(b.records, record{line: broken.line, last: rec.last, err: broken.err})
		default:
			return err
		}
	}
	return nil
}

// keep copies a record. Text that outgrows its array leaves earlier records in the old one.
func (b *batch) keep(rec record) {
	rec.service = b.copyText(rec.service)
	if rec.cells == nil {
		rec.json = b.copyText(rec.json)
		b.records = append(b.records, rec)
		return
	}
	start := len(b.cells)
	for _, cell := range rec.cells {
		b.cells = append(b.cells, b.copyText(cell))
	}
	rec.cells = b.cells[start:len(b.cells):len(b.cells)]
	b.records = append(b.records, rec)
}

func (b *batch) copyText(text []byte) []byte {
	start := len(b.text)
	b.text = append(b.text, text...)
	return b.text[start:len(b.text):len(b.text)]
}

// decode turns the records into rows.
func (b *batch) decode() {
	defer func() {
		if p := recover(); p != nil {
			b.broken = fmt.Sprintf("%v\n%s", p, debug.Stack())
		}
	}()
	if cap(b.rows) > 4*batchRecords { // a record held many
		b.rows = nil
	}
	b.rows = b.rows[:0]
	for i := range b.records {
		rec := &b.records[i]
		if rec.err != nil {
			out := b.row(rec)
			out.err = rec.err
			continue
		}
		b.dec.record(rec, func(r *row, err error) {
			out := b.row(rec)
			if out.err = err; err == nil {
				b.dec.call(r, out)
			}
		})
	}
}

// row begins the next row.
func (b *batch) row(rec *record) *decoded {
	b.rows = append(b.rows, decoded{last: rec.last,
		call: Call{LatencyMS: -1, TTFTMS: -1, Count: 1, Weight: 1, Line: rec.line}})
	return &b.rows[len(b.rows)-1]
}
