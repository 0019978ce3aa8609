package savings

import (
	"cmp"
	"slices"

	"netra/shared/dataset"
)

// spend puts the slices in order, dearest first; days in order of time. saved is
// what the plan saves.
func (t *tally) spend(saved *shares) Spend {
	s := Spend{ByModel: []Slice{}, ByDay: []Slice{}, ByTag: []Slice{}, ByUser: []Slice{}, ByTier: []Slice{}}
	models := make([]Slice, len(t.env.classes.list))
	for id, k := range t.env.classes.list {
		models[id].Key = k.name.Model
		if k.name.Provider != "" {
			models[id].Key = k.name.Provider + "/" + k.name.Model
		}
	}
	tags := make([]Slice, t.env.file.Tags.Len())
	for id := range tags {
		tags[id].Key = t.env.file.Tags.Name(uint32(id))
	}
	tiers := []Slice{}
	for _, tier := range dataset.Tiers() {
		tiers = append(tiers, Slice{Key: cmp.Or(string(tier), "standard")})
	}
	for _, pair := range t.seen {
		k := t.env.pairs.keys[pair]
		for tier, cell := range t.cells[pair] {
			models[k.class].join(cell)
			tags[k.tag].join(cell)
			tiers[tier].join(cell)
		}
	}
	users := t.users()
	put(saved.byTag, tags)
	put(saved.byUser, users)
	for _, slice := range t.byDay {
		s.ByDay = append(s.ByDay, *slice)
	}
	s.ByModel, s.ByTag, s.ByTier = dearest(models), dearest(tags), dearest(tiers)
	s.ByUser = dearest(users)
	s.ByDay = inOrder(s.ByDay)
	return s
}

// users names the spend by user, "" for calls without one; none where nobody is known.
func (t *tally) users() []Slice {
	out := []Slice{}
	for id, slice := range t.byUser {
		slice.Key = t.env.file.Users.Name(uint32(id))
		out = append(out, slice)
	}
	return out
}

// maxSlices bounds the slices of a breakdown, maxDays the days before they are
// joined to months.
const (
	maxSlices = 60
	maxDays   = 400
)

// inOrder sorts days; very many become months, "2026-01".
func inOrder(days []Slice) []Slice {
	slices.SortFunc(days, func(a, b Slice) int { return cmp.Compare(a.Key, b.Key) })
	if len(days) <= maxDays {
		return days
	}
	var months []Slice
	for _, d := range days {
		month := d.Key[:len("2006-01")]
		if n := len(months); n == 0 || months[n-1].Key != month {
			months = append(months, Slice{Key: month})
		}
		months[len(months)-1].join(d)
	}
	return months
}

func (s *Slice) join(o Slice) {
	s.Calls += o.Calls
	s.InputTokens += o.InputTokens
	s.OutputTokens += o.OutputTokens
	s.CostUSD += o.CostUSD
	s.SavedUSD += o.SavedUSD
}

// dearest drops empty slices and sorts by cost; the cheapest beyond maxSlices are joined.
func dearest(v []Slice) []Slice {
	v = slices.DeleteFunc(v, func(s Slice) bool { return s.Calls == 0 && s.CostUSD == 0 })
	slices.SortFunc(v, func(a, b Slice) int {
		return cmp.Or(cmp.Compare(b.CostUSD, a.CostUSD), cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Key, b.Key))
	})
	if len(v) > maxSlices {
		rest := Slice{Key: "(others)"}
		for _, s := range v[maxSlices-1:] {
			rest.join(s)
		}
		v = append(v[:maxSlices-1], rest)
	}
	return v
}
