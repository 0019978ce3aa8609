package intelligence

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"netra/shared/usage"
)

// week are calls of so many hours from an hour on, a call a minute.
func week(from, hours int, lengthen int64) []usage.Call {
	var calls []usage.Call
	for m := range hours * 60 {
		at := int64(from*60+m) * 60
		c := usage.Call{Time: (1_750_000_000 + at) * 1_000_000}
		c.Input, c.Output = 100+at%977+lengthen, 10+at%31
		calls = append(calls, c)
	}
	return calls
}

// undated takes the times out; what is left of a call's identity is its size.
func undated(calls []usage.Call) []usage.Call {
	for i := range calls {
		calls[i].Time = 0
	}
	return calls
}

func printsOf(calls []usage.Call) *prints {
	p := &prints{}
	for i := range calls {
		p.add(&calls[i])
	}
	return p
}

func TestCallsInTwoLogsAreFound(t *testing.T) {
	every := func(n int, calls []usage.Call) []usage.Call {
		var some []usage.Call
		for i := 0; i < len(calls); i += n {
			some = append(some, calls[i])
		}
		return some
	}
	cases := map[string]struct {
		a, b             []usage.Call
		fieldsA, fieldsB int
		want             string // the log that is the double
	}{
		"the same calls, the second fuller":        {week(0, 168, 0), week(0, 168, 0), 4, 7, "first"},
		"the same calls, the first fuller":         {week(0, 168, 0), week(0, 168, 0), 7, 4, "second"},
		"the same calls, as full":                  {week(0, 168, 0), week(0, 168, 0), 4, 4, "first"},
		"the second has more days":                 {week(0, 100, 0), week(0, 168, 0), 4, 4, "first"},
		"the second has a fuller day of the first": {week(0, 168, 0), week(24, 24, 0), 4, 7, "first"},
		"the second has one team of the first":     {week(0, 168, 0), every(4, week(0, 168, 0)), 4, 7, "second"},
		"the first has one team of the second":     {every(4, week(0, 168, 0)), week(0, 168, 0), 7, 4, "first"},
		"days in common":                           {week(0, 100, 0), week(50, 100, 0), 4, 4, "first"},
		"other days":                               {week(0, 100, 0), week(100, 100, 0), 4, 4, ""},
		"other calls of the same days":             {week(0, 168, 0), week(0, 168, 1), 4, 4, ""},
		"no times, all alike":                      {make([]usage.Call, 500), make([]usage.Call, 500), 4, 4, ""},
		"no times, then the same calls dated":      {undated(week(0, 168, 0)), week(0, 168, 0), 2, 7, "first"},
		"no times, and other calls":                {undated(week(0, 168, 1000)), week(0, 168, 0), 2, 7, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			found := doubles([]*prints{printsOf(c.a), printsOf(c.b)}, []int{c.fieldsA, c.fieldsB})
			got := ""
			if len(found) > 0 {
				got = []string{"first", "second"}[found[0].log]
			}
			assert.Equal(t, c.want, got)
			calls := map[[3]int64]int{}
			key := func(call usage.Call) [3]int64 {
				k := [3]int64{call.Time, call.Tokens.Prompt(), call.Output}
				if c.a[0].Time == 0 { // without times a call is known by its size
					k[0] = 0
				}
				return k
			}
			for log, list := range [][]usage.Call{c.a, c.b} {
				for i := range list {
					if !skips(found, log, &list[i]) {
						calls[key(list[i])]++
					}
				}
			}
			if c.want == "" {
				return
			}
			twice, lost := 0, 0
			for _, n := range calls {
				twice += n - 1
			}
			for _, call := range append(c.a, c.b...) {
				if calls[key(call)] == 0 {
					lost++
				}
			}
			if c.a[0].Time != 0 {
				assert.Zero(t, twice, "calls counted twice")
			}
			assert.Zero(t, lost, "calls that no log has any more")
		})
	}
}

func TestFingerprintsOfALongLogStayFew(t *testing.T) {
	long := printsOf(week(0, 2000, 0))
	assert.Less(t, len(long.dated.seconds), 2*sampled)
	part := printsOf(week(500, 300, 0))
	share, n := long.dated.within(&part.dated, span{0, 1 << 40})
	assert.Greater(t, n, 100)
	assert.InDelta(t, 0.15, share, 0.05)
}
