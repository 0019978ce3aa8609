package savings

// grid is a table of numbers by two small numbers, 0 where nothing was put. Only
// rows that are used are made.
type grid struct{ rows [][]int32 }

// at returns where the number of x and y is; it holds until the next call.
func (g *grid) at(x, y uint32) *int32 {
	if int(x) < len(g.rows) && int(y) < len(g.rows[x]) {
		return &g.rows[x][y]
	}
	return g.grow(x, y)
}

func (g *grid) grow(x, y uint32) *int32 {
	if int(x) >= len(g.rows) {
		g.rows = append(g.rows, make([][]int32, int(x)+1-len(g.rows))...)
	}
	row := g.rows[x]
	g.rows[x] = append(row, make([]int32, int(y)+1-len(row))...)
	return &g.rows[x][y]
}

// pairs numbers the pairs of class and tag of a log in the order of their
// appearance: what is the same for all calls of a pair is looked up by its number.
type pairs struct {
	ids  grid
	keys []classTag
}

// of returns the number of a pair.
func (p *pairs) of(class int32, tag uint32) int32 {
	id := p.ids.at(uint32(class), tag)
	if *id == 0 {
		p.keys = append(p.keys, classTag{class, tag})
		*id = int32(len(p.keys))
	}
	return *id - 1
}
