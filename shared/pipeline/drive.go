package pipeline

import (
	"context"
	"encoding/json"
	"fmt"

	"netra/shared/run"
	"netra/shared/store"
)

// Driven is what a run in this process leaves.
type Driven struct {
	// Results are the stages' results, Files the files of the newest of each name.
	Results map[string]json.RawMessage
	Files   map[string]store.Artifact
}

// Drive runs the stages of a run in this process, one after the other, with no
// store and no queue: for the command line, where nothing has to survive. A
// data request is answered with "go on with what there is".
func Drive(ctx context.Context, t Table, stages map[string]Stage, in Input, emit Emitter) (Driven, error) {
	in.Results = map[string]json.RawMessage{}
	in.Run.Route = t.StageNames()
	in.Run.Stage = in.Run.Route[0]
	out := Driven{Results: in.Results, Files: map[string]store.Artifact{}}
	for in.Run.Stage != "" {
		name := in.Run.Stage
		result, err := stages[name].Run(ctx, in, emit)
		if err != nil {
			return Driven{}, err
		}
		if in.Results[name], err = encode(result.Body); err != nil {
			return Driven{}, fmt.Errorf("stage %s: %w", name, err)
		}
		for _, a := range result.Artifacts {
			out.Files[a.Name] = a
		}
		step(&in.Run, name, result)
	}
	return out, nil
}

// step moves the run on, as run.Run.Complete does for a stored one.
func step(r *run.Run, name string, result Result) {
	r.Adopt(run.Outcome{Route: result.Route, Sufficiency: result.Sufficiency})
	if result.Ask != nil {
		r.Stage, r.Answer, r.Round = result.Ask.Resume, run.AnswerContinue, r.Round+1
		return
	}
	r.Stage = r.Next(name)
}
