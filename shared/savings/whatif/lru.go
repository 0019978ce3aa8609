package whatif

// lru is a set of keys with the time of each, in order of last use.
type lru struct {
	index map[uint64]int32
	nodes []node
	// newest and oldest are nodes, -1 if the set is empty; free chains unused ones.
	newest, oldest, free int32
}

type node struct {
	key          uint64
	time         int64
	newer, older int32
}

func newLRU() *lru { return &lru{index: map[uint64]int32{}, newest: -1, oldest: -1, free: -1} }

// at returns the time of a key.
func (l *lru) at(key uint64) (int64, bool) {
	i, ok := l.index[key]
	if !ok {
		return 0, false
	}
	return l.nodes[i].time, true
}

// touch makes a key the one used last, adding it if it is new, and returns its time.
func (l *lru) touch(key uint64) *int64 {
	i, ok := l.index[key]
	if ok {
		l.unlink(i)
	} else {
		i = l.take()
		l.nodes[i] = node{key: key}
		l.index[key] = i
	}
	l.link(i)
	return &l.nodes[i].time
}

// trim drops the keys used longest ago until at most size are left.
func (l *lru) trim(size int) {
	for len(l.index) > size {
		l.drop(l.oldest)
	}
}

// expire drops the keys used longest ago while their time is before t.
func (l *lru) expire(t int64) {
	for l.oldest >= 0 && l.nodes[l.oldest].time < t {
		l.drop(l.oldest)
	}
}

func (l *lru) drop(i int32) {
	l.unlink(i)
	delete(l.index, l.nodes[i].key)
	l.nodes[i].older, l.free = l.free, i
}

func (l *lru) take() int32 {
	if l.free < 0 {
		l.nodes = append(l.nodes, node{})
		return int32(len(l.nodes) - 1)
	}
	i := l.free
	l.free = l.nodes[i].older
	return i
}

func (l *lru) link(i int32) {
	l.nodes[i].newer, l.nodes[i].older = -1, l.newest
	if l.newest >= 0 {
		l.nodes[l.newest].newer = i
	} else {
		l.oldest = i
	}
	l.newest = i
}

func (l *lru) unlink(i int32) {
	n := l.nodes[i]
	if n.newer >= 0 {
		l.nodes[n.newer].older = n.older
	} else {
		l.newest = n.older
	}
	if n.older >= 0 {
		l.nodes[n.older].newer = n.newer
	} else {
		l.oldest = n.newer
	}
}
