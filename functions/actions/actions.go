// Package actions is the stage that writes the configuration that applies the plan.
package actions

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"netra/shared/artifact"
	"netra/shared/bucket"
	"netra/shared/handover"
	"netra/shared/pipeline"
	"netra/shared/plan"
	"netra/shared/savings"
	"netra/shared/store"
	"netra/shared/tools"
	"netra/shared/usage"
)

// Stage is the actions stage.
type Stage struct {
	Bucket *bucket.Bucket
	Now    func() time.Time
}

type writeIn struct {
	Levers   []string `json:"levers"`
	analysis *savings.Analysis
	router   []byte
	regions  []string
}

type writeOut struct {
	Files []artifact.File `json:"-"`
	Names []string        `json:"files"`
}

// writeConfig is the tool that makes the files. Each is read back by the parser
// of the tool it is for before it is handed over.
func writeConfig() tools.Tool[writeIn, writeOut] {
	return tools.Tool[writeIn, writeOut]{
		Name: "write_configuration", Purpose: "turn each lever of the plan into settings you can apply and check",
		Permission: plan.WriteConfig,
		Run: func(_ context.Context, in writeIn) (writeOut, error) {
			files, err := artifact.Files(in.analysis, in.router, in.regions)
			if err != nil {
				return writeOut{}, fmt.Errorf("write the configuration: %w", err)
			}
			out := writeOut{Files: files, Names: []string{}}
			for _, f := range files {
				out.Names = append(out.Names, f.Name)
			}
			return out, nil
		},
		Summary: func(out writeOut) string { return fmt.Sprintf("%d files", len(out.Names)) },
	}
}

// Run writes the files as artifacts of the run.
func (s *Stage) Run(ctx context.Context, in pipeline.Input, emit pipeline.Emitter) (pipeline.Result, error) {
	var o handover.Optimization
	if err := in.Decode("optimization", &o); err != nil {
		return pipeline.Result{}, err
	}
	var data handover.Intelligence
	if err := in.Decode("intelligence", &data); err != nil {
		return pipeline.Result{}, err
	}
	router, err := s.router(ctx, in, data.Routing)
	if err != nil {
		return pipeline.Result{}, err
	}
	levers := o.Analysis.Plan.Levers
	thought := fmt.Sprintf("Writing settings for %d levers, with a check and a way back for each.", len(levers))
	if len(levers) == 0 {
		thought = "No lever is in the plan: writing the checks and alerts, and what to try after your evaluation."
	}
	if err := emit.Think(ctx, "files", thought, 0.2); err != nil {
		return pipeline.Result{}, err
	}
	p := plan.Named(in.Run.Plan)
	out, err := tools.Call(ctx, tools.New(emit, p, s.Now), writeConfig(), writeIn{levers, o.Analysis, router, regions(data.Reports)})
	if err != nil {
		return pipeline.Result{}, err
	}
	result := pipeline.Result{Summary: fmt.Sprintf("%d files to apply", len(out.Files)), Headline: map[string]any{"files": out.Names}}
	body := handover.Actions{Files: []handover.File{}}
	for _, f := range out.Files {
		body.Files = append(body.Files, handover.File{Name: f.Name, About: f.About})
		result.Artifacts = append(result.Artifacts, store.Artifact{
			Name: f.Name, MediaType: f.MediaType, Bytes: int64(len(f.Data)), Body: f.Data})
	}
	result.Body = body
	return result, nil
}

// regions are those of a cloud that the logs name.
func regions(logs []usage.Report) []string {
	var out []string
	for _, log := range logs {
		out = append(out, log.Regions...)
	}
	return out
}

// router is the router that was learned from quality labels; nil where none was.
func (s *Stage) router(ctx context.Context, in pipeline.Input, learned *handover.Routing) (raw []byte, err error) {
	if learned == nil || learned.File == "" {
		return nil, nil
	}
	r, err := s.Bucket.User(in.Run.UserID).Open(ctx, learned.File)
	if err != nil {
		return nil, fmt.Errorf("open the learned router: %w", err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if raw, err = io.ReadAll(r); err != nil {
		return nil, fmt.Errorf("read the learned router: %w", err)
	}
	return raw, nil
}
