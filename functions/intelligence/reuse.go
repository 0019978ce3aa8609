package intelligence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"

	"netra/shared/bucket"
	"netra/shared/handover"
	"netra/shared/plan"
	"netra/shared/tools"
)

// readAll reads the logs, or takes what the thread's previous run read of the
// same ones: a follow-up question needs no second reading.
func (w *work) readAll(ctx context.Context, usageLogs []string) (handover.Intelligence, error) {
	in := normaliseIn{Datasets: usageLogs, PriceModel: w.in.Run.PriceModel}
	if w.lesson != nil {
		in.Router, w.grade = w.lesson.Router, w.grader()
	}
	earlier, err := w.earlier(ctx, in)
	if err != nil {
		return handover.Intelligence{}, err
	}
	if earlier != nil {
		if err := w.emit.Think(ctx, "data", "The log was read for your last question; going on from there.", 0.1); err != nil {
			return handover.Intelligence{}, err
		}
		read, err := tools.Call(ctx, w.tools, reuse(earlier), in)
		return read.Intelligence, err
	}
	if err := w.emit.Think(ctx, "data", fmt.Sprintf("Reading %s: finding the format, putting tokens into disjoint buckets, hashing prompts.", logs(len(usageLogs))), 0.1); err != nil {
		return handover.Intelligence{}, err
	}
	read, err := tools.Call(ctx, w.tools, w.normalise(), in)
	return read.Intelligence, err
}

// earlier is what the thread's previous run read of the same logs, or nil if it
// read others or its data set is gone.
func (w *work) earlier(ctx context.Context, in normaliseIn) (*handover.Intelligence, error) {
	results, err := w.in.Earlier(ctx)
	if err != nil {
		return nil, err
	}
	var before handover.Intelligence
	if raw, ok := results["intelligence"]; !ok || json.Unmarshal(raw, &before) != nil || !w.same(before.Object, in) {
		return nil, nil
	}
	there, err := w.exists(ctx, before.Object)
	if err != nil || !there {
		return nil, err
	}
	return &handover.Intelligence{Object: before.Object, Reports: before.Reports, Coverage: before.Coverage, Data: before.Data, Tags: before.Tags, Fetched: w.fetchedOf(in)}, nil
}

// same reports whether an object is the normalised form of these logs. That of
// fetched logs lies below the run that read them first.
func (w *work) same(object string, in normaliseIn) bool {
	name := w.objectName(in)
	return object == name || len(w.fetched) > 0 && path.Base(object) == path.Base(name)
}

func (w *work) exists(ctx context.Context, object string) (bool, error) {
	_, err := w.objects.Size(ctx, object)
	if errors.Is(err, bucket.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for a kept log: %w", err)
	}
	return true, nil
}

// reuse is the tool that hands on what was read before.
func reuse(earlier *handover.Intelligence) tools.Tool[normaliseIn, normaliseOut] {
	return tools.Tool[normaliseIn, normaliseOut]{
		Name: "reuse_log", Purpose: "take the log as it was normalised for your last question",
		Permission: plan.ReadLog,
		Run:        func(context.Context, normaliseIn) (normaliseOut, error) { return normaliseOut{*earlier}, nil },
		Summary:    func(out normaliseOut) string { return fmt.Sprintf("%d calls, read before", out.Coverage.Calls) },
	}
}
