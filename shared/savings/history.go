package savings

import "netra/shared/usage"

// history remembers what the levers need of the last rows, by row number, in
// rings of fixed size. A row that has left the rings is as if it had never been:
// a lever then saves less, never more.
type history struct {
	mask int64
	// first is the first row that was added; earlier ones are outside of the time
	// range that was asked for.
	first int64
	// reach is how many rows back can be seen.
	reach int64
	// known is the number of the first row that was never added.
	known  int64
	time   []int64
	prompt []int32
	tag    []uint16
	// status is the call's status, with asked set if the prompt was asked before.
	status []uint8
}

// asked marks, in history.status, a call with a prompt of an earlier one.
const asked = 0x80

// maxHistory bounds the rows remembered: 15 bytes each here, and up to 13 per lever.
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

// rewind starts again at the file's first row. What the rings hold of a file that
// fits into them stays.
func (h *history) rewind(rows int64) {
	h.first = -1
	if rows > h.mask+1 {
		h.known = 0
	}
}

// add remembers the rows of a batch, if they are not in the rings already.
func (h *history) add(b *batch) {
	end := b.Row + int64(b.N)
	if end <= h.known {
		return
	}
	h.known = end
	for lo := 0; lo < b.N; {
		at := (b.Row + int64(lo)) & h.mask
		n := copy(h.time[at:], b.Time[lo:b.N])
		copy(h.status[at:], b.Status[lo:lo+n])
		prompt, tag := h.prompt[at:][:n], h.tag[at:][:n]
		for i, tokens := range b.prompt[lo:][:n] {
			prompt[i] = int32(min(tokens, 1<<31-1))
		}
		for i, id := range b.Tag[lo:][:n] {
			tag[i] = uint16(id)
		}
		lo += n
	}
	for _, i := range b.repeats {
		h.status[(b.Row+int64(i))&h.mask] |= asked
	}
}

// ok reports whether the row at a ring index succeeded.
func (h *history) ok(slot int64) bool { return usage.Status(h.status[slot]&^asked) == usage.OK }

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
