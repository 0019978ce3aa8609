package usage

import (
	"bytes"
	"io"
	"strings"
)

// copyBlock is a table in a dump of PostgreSQL: the rows below a line
// COPY name (columns) FROM stdin; up to a line \. (pg_dump, "COPY", text format).
type copyBlock struct {
	// lines is how many lines are above the rows.
	lines   int
	columns []string
}

// copyBlocks finds the tables that begin in the head of a dump.
func copyBlocks(head []byte) (found []copyBlock) {
	if !bytes.HasPrefix(head, []byte("--")) && !bytes.HasPrefix(head, []byte("COPY ")) {
		return nil
	}
	n := 0
	for line := range bytes.Lines(head) {
		n++
		line = bytes.TrimSpace(line)
		if !bytes.HasPrefix(line, []byte("COPY ")) || !bytes.HasSuffix(line, []byte(") FROM stdin;")) {
			continue
		}
		_, list, _ := strings.Cut(string(line), "(")
		block := copyBlock{lines: n, columns: strings.Split(strings.TrimSuffix(list, ") FROM stdin;"), ",")}
		for i, c := range block.columns {
			block.columns[i] = strings.Trim(c, ` "`)
		}
		found = append(found, block)
	}
	return found
}

// openCopy reads the first table of a dump that has a known format.
func (u *unpacked) openCopy(blocks []copyBlock, opts Options) (r *Reader, err error) {
	for _, block := range blocks {
		_, l, chooseErr := chooseTable(block.columns, nil, opts)
		if chooseErr != nil {
			err = chooseErr
			continue
		}
		t := &copyRows{table{lines: lineReader{r: u.Reader, max: opts.MaxRecord}, comma: '\t', columns: len(block.columns)}}
		for range block.lines {
			if _, _, err := t.lines.read(); err != nil {
				return nil, headerError(err)
			}
		}
		return newReader(t, "csv", l, block.columns, opts), nil
	}
	return nil, err
}

// copyRows is a source of the rows of one COPY: cells parted by tabs, never
// quoted, with \t, \n, \r and \\ for what would break them, and \N for NULL.
type copyRows struct{ table }

func (c *copyRows) next() (record, error) {
	text, ended, err := c.lines.read()
	if err != nil {
		return record{}, err
	}
	if string(text) == `\.` {
		return record{}, io.EOF
	}
	c.cells, c.quoted = c.cells[:0], c.quoted[:0]
	for cell := range bytes.SplitSeq(text, []byte{c.comma}) {
		c.cells = append(c.cells, c.plain(cell))
	}
	return c.checked(c.lines.line, !ended)
}

// plain takes the escapes out of a cell.
func (c *copyRows) plain(cell []byte) []byte {
	if bytes.IndexByte(cell, '\\') < 0 || string(cell) == `\N` {
		return cell
	}
	start := len(c.quoted)
	for i := 0; i < len(cell); i++ {
		b := cell[i]
		if b == '\\' && i+1 < len(cell) {
			i++
			if b = unescaped(cell[i]); b == 0 {
				b = cell[i]
			}
		}
		c.quoted = append(c.quoted, b)
	}
	return c.quoted[start:]
}
