package functions

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/pipeline"
)

func TestAStageIsWaitedForByItsRunsAlone(t *testing.T) {
	ready := make(chan struct{})
	made := 0
	stage := inBackground(func() (pipeline.Stage, error) {
		<-ready
		made++
		return pipeline.StageFunc(func(context.Context, pipeline.Input, pipeline.Emitter) (pipeline.Result, error) {
			return pipeline.Result{Summary: "done"}, nil
		}), nil
	})
	close(ready) // inBackground has returned before
	for range 2 {
		result, err := stage.Run(t.Context(), pipeline.Input{}, nil)
		require.NoError(t, err)
		assert.Equal(t, "done", result.Summary)
	}
	assert.Equal(t, 1, made)
}

func TestAStageThatCannotBeMadeFailsItsRuns(t *testing.T) {
	stage := inBackground(func() (pipeline.Stage, error) { return nil, errors.New("no price book") })
	for range 2 {
		_, err := stage.Run(t.Context(), pipeline.Input{}, nil)
		assert.ErrorContains(t, err, "no price book")
	}
}
