package usage

import (
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
)

// records gives so many empty records.
type records int

func (n *records) next() (record, error) {
	if *n--; *n < 0 {
		return record{}, io.EOF
	}
	return record{json: []byte("{}")}, nil
}

func TestAPanicOfADecoderReachesWhoReadsTheLog(t *testing.T) {
	src := records(3 * batchRecords)
	d := decoding{batches: make([]batch, 2)} // without decoders
	defer func() { assert.Contains(t, recover(), "nil pointer") }()
	d.next(&src)
}
