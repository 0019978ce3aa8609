// Package lastseen remembers where keys were seen last, in bounded memory.
package lastseen

import "slices"

// Table maps 64-bit keys to the row that had them last: open addressing with
// linear probing, 12 bytes a slot and at most half of the slots in use.
type Table struct {
	keys []uint64
	// rows holds row+1; 0 marks a free slot.
	rows []uint32
	n    int
	max  int
}

// New makes a table that never holds more than maxEntries: when full it forgets the
// half with the oldest rows.
func New(maxEntries int) Table {
	return Table{keys: make([]uint64, 1024), rows: make([]uint32, 1024), max: maxEntries}
}

// Swap records that key is in row and returns the row that had it before.
func (t *Table) Swap(key uint64, row uint32) (uint32, bool) {
	mask := uint64(len(t.keys) - 1)
	for i := Mix(key) & mask; ; i = (i + 1) & mask {
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
func (t *Table) makeRoom() {
	switch {
	case t.n >= t.max:
		t.rebuild(len(t.keys), t.medianRow())
	case 2*t.n >= len(t.keys):
		t.rebuild(2*len(t.keys), 0)
	}
}

// medianRow returns the middle one of the rows held, from a sample.
func (t *Table) medianRow() uint32 {
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
func (t *Table) rebuild(size int, oldest uint32) {
	keys, rows := t.keys, t.rows
	t.keys, t.rows, t.n = make([]uint64, size), make([]uint32, size), 0
	mask := uint64(size - 1)
	for j, row := range rows {
		if row == 0 || row < oldest {
			continue
		}
		i := Mix(keys[j]) & mask
		for t.rows[i] != 0 {
			i = (i + 1) & mask
		}
		t.keys[i], t.rows[i] = keys[j], row
		t.n++
	}
}

// Mix is the finalizer of SplitMix64 (Steele, Lea, Flood 2014): a bijection in
// which every input bit moves every output bit.
func Mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
