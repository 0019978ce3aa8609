package savings

// history remembers what the levers need of the last rows, by row number, in
// rings of fixed size. A row that has left the rings is as if it had never been:
// a lever then saves less, never more.
type history struct {
	mask int64
	// first is the first row that was added; earlier ones are outside of the time
	// range that was asked for.
	first int64
	// reach is how many rows back can be seen.
	reach  int64
	time   []int64
	prompt []int32
	tag    []uint16
	status []uint8
}

// maxHistory bounds the rows remembered: 15 bytes each here, and up to 9 per lever.
const maxHistory = 1 << 21

// ringSize is the number of rows to remember of a log: a power of two.
func ringSize(rows int64) int64 {
	size := int64(1 << 10)
	for size < rows && size < maxHistory {
		size *= 2
	}
	return size
}

func newHistory(rows int64) *history {
	n := ringSize(rows)
	reach := n
	if rows > n {
		reach = n - maxBatch
	}
	return &history{mask: n - 1, first: -1, reach: reach, time: make([]int64, n), prompt: make([]int32, n), tag: make([]uint16, n), status: make([]uint8, n)}
}

// add remembers the rows of a batch.
func (h *history) add(b *batch) {
	for i := range b.N {
		k := (b.Row + int64(i)) & h.mask
		h.time[k] = b.Time[i]
		h.prompt[k] = int32(min(b.prompt[i], 1<<31-1))
		h.tag[k] = uint16(b.Tag[i])
		h.status[k] = b.Status[i]
	}
}

// open says that row is added next.
func (h *history) open(row int64) {
	if h.first < 0 {
		h.first = row
	}
}

// slot returns the ring index of the row that lies back rows before row, and
// whether it is still remembered.
func (h *history) slot(row, back int64) (int64, bool) {
	return (row - back) & h.mask, back > 0 && back < h.reach && row-back >= h.first
}

// maxBatch is the most rows of a batch: rows of the batch at work are already in
// the rings, so that many older ones are taken as forgotten.
const maxBatch = 1 << 17
