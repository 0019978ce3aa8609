package savings

// prefixKey names a prefix: the first block of the prompt, with the model and tag.
type prefixKey struct {
	class  int32
	tag    uint32
	prefix int64
}

// prefixTable maps prefixes to what is learned of them. It is bounded: further
// prefixes share one entry per model and tag, as the rare ones do anyway.
type prefixTable struct {
	slots  []int32 // index + 1 into keys
	keys   []prefixKey
	values []*cacheStats
	rest   perTag[cacheStats]
}

// maxPrefixes bounds the table.
const maxPrefixes = 1 << 16

func (k prefixKey) hash() uint64 {
	h := uint64(k.prefix) + uint64(k.tag)<<32 + uint64(k.class)
	h = (h ^ h>>31) * 0x9e3779b97f4a7c15
	return h ^ h>>29
}

// at returns the entry of a prefix, making it if there is room.
func (t *prefixTable) at(class int32, tag uint32, prefix int64) *cacheStats {
	if len(t.slots) == 0 {
		t.slots = make([]int32, 2*maxPrefixes)
	}
	k := prefixKey{class, tag, prefix}
	slot := t.slot(k)
	if t.slots[slot] != 0 {
		return t.values[t.slots[slot]-1]
	}
	if len(t.keys) == maxPrefixes {
		return t.rest.at(class, tag)
	}
	t.keys, t.values = append(t.keys, k), append(t.values, new(cacheStats))
	t.slots[slot] = int32(len(t.keys))
	return t.values[len(t.values)-1]
}

// find returns the entry of a prefix, nil if it has none.
func (t *prefixTable) find(class int32, tag uint32, prefix int64) *cacheStats {
	if len(t.slots) == 0 {
		return nil
	}
	if id := t.slots[t.slot(prefixKey{class, tag, prefix})]; id != 0 {
		return t.values[id-1]
	}
	return nil
}

// slot returns where k is, or the free slot where it would be.
func (t *prefixTable) slot(k prefixKey) uint64 {
	mask := uint64(len(t.slots) - 1)
	i := k.hash() & mask
	for t.slots[i] != 0 && t.keys[t.slots[i]-1] != k {
		i = (i + 1) & mask
	}
	return i
}

// each calls fn for every prefix with an entry of its own, in the order of appearance.
func (t *prefixTable) each(fn func(prefixKey, *cacheStats)) {
	for i, k := range t.keys {
		fn(k, t.values[i])
	}
}
