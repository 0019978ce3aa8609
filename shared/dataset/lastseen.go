package dataset

import "slices"

// lastSeen maps 64-bit keys to the row that had them last: open addressing with
// linear probing, no memory per entry but the entry. It never holds more than
// max entries: when full it forgets the half with the oldest rows.
type lastSeen struct {
	keys []uint64
	// rows holds row+1; 0 marks a free slot.
	rows []uint32
	n    int
	max  int
}

func newLastSeen(maxEntries int) lastSeen {
	return lastSeen{keys: make([]uint64, 1024), rows: make([]uint32, 1024), max: maxEntries}
}

// swap records that key is in row and returns the row that had it before.
func (t *lastSeen) swap(key uint64, row uint32) (uint32, bool) {
	mask := uint64(len(t.keys) - 1)
	for i := mix(key) & mask; ; i = (i + 1) & mask {
		switch {
		case t.rows[i] == 0:
			t.keys[i], t.rows[i] = key, row+1
			t.n++
			t.makeRoom()
			return 0, false
		case t.keys[i] == key:
			last := t.rows[i] - 1
			t.rows[i] = row + 1
			return last, true
		}
	}
}

// makeRoom keeps the table at most half full.
func (t *lastSeen) makeRoom() {
	switch {
	case t.n >= t.max:
		t.rebuild(len(t.keys), t.medianRow())
	case 2*t.n >= len(t.keys):
		t.rebuild(2*len(t.keys), 0)
	}
}

// medianRow returns the middle one of the rows held, from a sample.
func (t *lastSeen) medianRow() uint32 {
	sample := make([]uint32, 0, 1024)
	for i := 0; len(sample) < 1024 && i < len(t.rows); i++ {
		if t.rows[i] != 0 {
			sample = append(sample, t.rows[i])
		}
	}
	slices.Sort(sample)
	return sample[len(sample)/2]
}

// rebuild moves the entries whose row is at least oldest to a table of size slots.
func (t *lastSeen) rebuild(size int, oldest uint32) {
	keys, rows := t.keys, t.rows
	t.keys, t.rows, t.n = make([]uint64, size), make([]uint32, size), 0
	mask := uint64(size - 1)
	for j, row := range rows {
		if row == 0 || row < oldest {
			continue
		}
		i := mix(keys[j]) & mask
		for t.rows[i] != 0 {
			i = (i + 1) & mask
		}
		t.keys[i], t.rows[i] = keys[j], row
		t.n++
	}
}
