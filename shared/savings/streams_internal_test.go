package savings

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAPanicOfAWorkerReachesTheCaller(t *testing.T) {
	s := newStreams([]func(*batch){
		func(*batch) {},
		func(b *batch) {
			if b.learn == 7 {
				panic("boom")
			}
		},
	})
	s.procs = 4
	batches := make([]*batch, 20)
	for i := range batches {
		batches[i] = &batch{learn: i}
	}
	defer func() { assert.Contains(t, recover(), "boom") }()
	s.run(batches)
}
