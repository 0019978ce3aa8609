package dataset

// maxNames bounds a dictionary; further names share one number.
const maxNames = 1 << 12

// otherName stands for the names that found no room.
const otherName = "(other)"

// Dict numbers the strings of a column in the order of their appearance. Number
// 0 is "".
type Dict struct {
	names []string
	ids   map[string]uint32
}

func newDict(names ...string) *Dict {
	d := &Dict{ids: map[string]uint32{}}
	d.id("")
	for _, n := range names {
		d.id(n)
	}
	return d
}

// Len returns how many numbers are in use.
func (d *Dict) Len() int { return len(d.names) }

// Name returns the string of a number.
func (d *Dict) Name(id uint32) string { return d.names[id] }

// known returns the number of a string that has one.
func (d *Dict) known(name string) uint32 {
	if id, ok := d.ids[name]; ok {
		return id
	}
	return maxNames
}

func (d *Dict) id(name string) uint32 {
	if id, ok := d.ids[name]; ok {
		return id
	}
	if len(d.names) == maxNames {
		name = otherName
	}
	id := uint32(len(d.names))
	if len(d.names) > maxNames {
		return maxNames
	}
	d.names = append(d.names, name)
	d.ids[name] = id
	return id
}
