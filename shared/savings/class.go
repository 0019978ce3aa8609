package savings

import (
	"sort"

	"netra/shared/dataset"
	"netra/shared/pricing"
	"netra/shared/usage"
)

// class is a model at a provider, with its prices over the log's span.
type class struct {
	name  Model
	ref   pricing.Ref
	known bool
	facts pricing.Facts
	// tiers has a schedule for each tier of dataset.Tiers; nil if the book has no
	// price for the model in that tier.
	tiers [tierCount]*schedule
}

// schedule holds the rates of one model in one tier, in order of time.
type schedule struct {
	// from[i] is when rates[i] starts, in microseconds; from[0] is the beginning of time.
	from  []int64
	rates []pricing.Rates
}

// at returns the rates at a time. Most schedules have one.
func (s *schedule) at(micros int64) *pricing.Rates {
	return &s.rates[s.index(micros)]
}

func (s *schedule) index(micros int64) int {
	if len(s.rates) == 1 {
		return 0
	}
	return max(0, sort.Search(len(s.from), func(i int) bool { return s.from[i] > micros })-1)
}

// classes numbers the models of a log as they appear and prices each once per
// tier and period.
type classes struct {
	book     *pricing.Book
	resolver *pricing.Resolver
	file     *dataset.File
	fallback Model
	// minPrefix replaces the providers' shortest cacheable prefix unless nil.
	minPrefix *int64
	from, to  int64
	// settled is when every price change that the book knows of has happened.
	settled int64

	list  []*class
	byID  grid
	byRef map[Model]int32
	ahead map[pricing.Ref]int32
}

// newClasses prices calls between the clock's times; calls without dates are
// priced as of the day of the book.
func newClasses(book *pricing.Book, file *dataset.File, fallback Model, clock *clock) *classes {
	c := &classes{book: book, settled: book.Settled(), resolver: book.Resolver(), file: file, fallback: fallback,
		byRef: map[Model]int32{}}
	if !clock.relative() {
		c.from, c.to = clock.from, clock.to+1
	}
	return c
}

// of returns the class of a call by its numbers in the file's dictionaries.
func (c *classes) of(provider, model uint32) int32 {
	id := c.byID.at(provider, model)
	if *id == 0 {
		name := Model{c.file.Providers.Name(provider), c.file.Models.Name(model)}
		if name.Model == "" {
			name = c.fallback
		}
		*id = c.named(name) + 1
	}
	return *id - 1
}

// named returns the class of a model, making it if it is new.
func (c *classes) named(name Model) int32 {
	if id, ok := c.byRef[name]; ok {
		return id
	}
	id := int32(len(c.list))
	c.list = append(c.list, c.price(name))
	c.byRef[name] = id
	return id
}

// future returns the class of a model to move to. It is priced as it will be
// after every change that the book knows of, so that no proposal rests on a price
// that is about to end.
func (c *classes) future(ref pricing.Ref) int32 {
	if id, ok := c.ahead[ref]; ok {
		return id
	}
	if c.ahead == nil {
		c.ahead = map[pricing.Ref]int32{}
	}
	c.ahead[ref] = int32(len(c.list))
	c.list = append(c.list, c.lasting(ref))
	return c.ahead[ref]
}

// lasting prices a model after every change that the book knows of.
func (c *classes) lasting(ref pricing.Ref) *class {
	k := &class{name: Model{ref.Provider, ref.Model}, ref: ref, known: true}
	c.facts(k)
	for i, tier := range dataset.Tiers() {
		k.tiers[i] = c.schedule(ref, []int64{c.settled}, tier)
	}
	return k
}

func (c *classes) facts(k *class) {
	k.facts, _ = c.book.Facts(k.ref)
	if c.minPrefix != nil {
		k.facts.Cache.MinPrefix = *c.minPrefix
	}
}

func (c *classes) price(name Model) *class {
	k := &class{name: name}
	k.ref, k.known = c.resolver.Resolve(name.Provider, name.Model)
	if !k.known {
		return k
	}
	c.facts(k)
	starts := []int64{c.from}
	if c.to > 0 {
		starts = append(starts, c.book.Periods(k.ref, c.from, c.to)...)
	}
	for i, tier := range dataset.Tiers() {
		k.tiers[i] = c.schedule(k.ref, starts, tier)
	}
	return k
}

func (c *classes) schedule(ref pricing.Ref, starts []int64, tier usage.Tier) *schedule {
	s := &schedule{}
	for _, start := range starts {
		rates, ok := c.book.Rates(ref, start, tier)
		if !ok {
			return nil
		}
		if n := len(s.rates); n > 0 && s.rates[n-1] == rates {
			continue
		}
		s.from, s.rates = append(s.from, start), append(s.rates, rates)
	}
	return s
}
