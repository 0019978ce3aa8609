package optimization

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"netra/shared/goal"
	"netra/shared/llm"
	"netra/shared/pipeline"
	"netra/shared/plan"
	"netra/shared/run"
	"netra/shared/savings"
	"netra/shared/tools"
)

const (
	// maxClasses is how many classes of calls a model may vary.
	maxClasses = 8
	// maxRounds bounds the conversation: each round asks the model once.
	maxRounds = maxTrials + 1
	// slowReplay is how long a replay may take to be repeated for what-ifs.
	slowReplay = 45 * time.Second
)

// exploration is what was tried beside the plan.
type exploration struct {
	trials []savings.Trial
	// remark is what the model says of them, every figure checked; "" for nothing.
	remark string
	// note says why less was tried, "" if nothing went wrong.
	note   string
	tokens int64
}

// explorer lets the model, if there is one, choose what else to replay. The plan
// is made before and stays as it is, whatever the model does.
type explorer struct {
	stage *Stage
	in    pipeline.Input
	emit  pipeline.Emitter
	tools *tools.Dispatcher
	goal  goal.Goal
	*trials
}

func (e *explorer) run(ctx context.Context, took time.Duration) (exploration, error) {
	before, err := e.committed(ctx)
	if err != nil || e.stage.Model == nil && len(before) == 0 {
		return exploration{}, err
	}
	if len(before) == 0 && took > slowReplay {
		return exploration{note: "Nothing else was tried beside the plan: a replay of this log takes too long to be repeated."}, nil
	}
	if err := e.emit.Think(ctx, "explore", "Asking the language model what else is worth a replay; the plan stays as computed.", 0.7); err != nil {
		return exploration{}, err
	}
	catalog, err := e.catalog()
	if err != nil {
		return exploration{}, err
	}
	if len(before) > 0 {
		err := e.again(ctx, catalog, before)
		return exploration{trials: e.done}, err
	}
	return e.converse(ctx, catalog)
}

func (e *explorer) catalog() (tools.Catalog, error) {
	if !e.tools.Allows(plan.WhatIf) {
		return tools.NewCatalog()
	}
	named, err := tools.Name(e.whatIf())
	if err != nil {
		return tools.Catalog{}, err
	}
	return tools.NewCatalog(named)
}

// committed are the what-ifs that an earlier attempt of this stage has told of.
// They are history: this attempt replays these and asks for no others, so that the
// report shows what the events say.
func (e *explorer) committed(ctx context.Context) ([]json.RawMessage, error) {
	if e.in.Run.Attempt < 2 {
		return nil, nil
	}
	var inputs []json.RawMessage
	for after := int64(0); ; {
		events, err := e.in.Documents.Events(ctx, e.in.Run.ID, after, 200)
		if err != nil {
			return nil, fmt.Errorf("read what an earlier attempt tried: %w", err)
		}
		for _, ev := range events {
			after = ev.Seq
			var call run.ToolExecutingData
			switch {
			case ev.Stage != "optimization":
			case ev.Type == run.AgentStarted:
				inputs = nil
			case ev.Type == run.ToolExecuting && json.Unmarshal(ev.Data, &call) == nil && call.Tool == "what_if":
				inputs = append(inputs, call.Parameters)
			}
		}
		if len(events) == 0 {
			return inputs, nil
		}
	}
}

func (e *explorer) again(ctx context.Context, catalog tools.Catalog, inputs []json.RawMessage) error {
	for _, input := range inputs {
		if _, err := catalog.Call(ctx, e.tools, "what_if", input); err != nil && (ctx.Err() != nil || !silent(err)) {
			return err
		}
	}
	return nil
}

// limits keep the conversation short; the replays between count for its time.
func limits() llm.Limits {
	l := llm.DefaultLimits()
	l.Total, l.Calls = 2*time.Minute, maxRounds
	return l
}

const explorerSystem = "You look for what else is worth knowing about an LLM bill. A plan was computed by replaying the user's own log; you cannot change it. " +
	"Call what_if with policies that differ from the plan and would tell the user something of use for their wish, at most four of them; " +
	"then say in at most three plain sentences what they showed. Every figure must stand in the data or in a tool's answer exactly or rounded; never add, subtract or estimate. " +
	"No markup, no links. Classes of calls go by their number. "

func (e *explorer) converse(ctx context.Context, catalog tools.Catalog) (exploration, error) {
	shown := e.shown()
	data, err := llm.Data(shown)
	if err != nil {
		return exploration{}, err
	}
	budget := llm.NewBudget(e.stage.Model, limits(), e.stage.Now)
	answer, err := llm.Converse(ctx, asked{budget, e.tools}, catalog, e.tools, llm.Request{
		System: explorerSystem + llm.DataRule, MaxOutput: 400,
		Messages: []llm.Message{{Role: llm.User, Text: "What else is worth a replay?\n" + data}},
	}, maxRounds)
	found := exploration{trials: e.done}
	found.tokens, _ = budget.Spent()
	switch {
	case ctx.Err() != nil:
		return exploration{}, context.Cause(ctx)
	case err == nil:
		found.remark = e.grounded(answer.Text, shown)
	case errors.Is(err, tools.ErrDenied): // the event tells which plan has it
	case llm.Reason(err) != "" || silent(err):
		found.note = fmt.Sprintf("The language model chose %d what-ifs beside the plan and then stopped: %s.", len(e.done), llm.Reason(err))
	default:
		return exploration{}, err
	}
	return found, nil
}

// grounded is the model's text without what no tool returned.
func (e *explorer) grounded(text string, shown wish) string {
	if len(e.done) == 0 {
		return ""
	}
	evidence := llm.NewEvidence(e.tools.Results())
	if raw, err := json.Marshal(shown); err == nil {
		evidence.AddJSON(raw)
	}
	return llm.Ground(text, evidence, nil).Text
}

type askIn struct {
	Round int `json:"round"`
}

type askOut struct {
	WhatIfs  int `json:"what_ifs"`
	response llm.Response
}

// asked is a model each of whose answers is a tool call of its own, with its
// events, permission and time limit.
type asked struct {
	model llm.Model
	tools *tools.Dispatcher
}

// Generate asks the model through the dispatcher.
func (a asked) Generate(ctx context.Context, request llm.Request) (llm.Response, error) {
	tool := tools.Tool[askIn, askOut]{
		Name: "choose_what_ifs", Purpose: "ask the language model what else is worth a replay; it sees figures only",
		Permission: plan.UseModel, Timeout: 20 * time.Second,
		Run: func(ctx context.Context, _ askIn) (askOut, error) {
			response, err := a.model.Generate(ctx, request)
			if err != nil {
				return askOut{}, llm.Told(err)
			}
			return askOut{len(response.Calls), response}, nil
		},
		Summary: func(out askOut) string {
			if out.WhatIfs == 0 {
				return "nothing more to try"
			}
			return fmt.Sprintf("%d chosen", out.WhatIfs)
		},
	}
	out, err := tools.Call(ctx, a.tools, tool, askIn{len(request.Messages)/2 + 1})
	return out.response, err
}

// wish is what the model gets to see: the user's wish, figures, and levers by
// their ids. Nothing in it is text of the log.
type wish struct {
	Wish       string       `json:"wish"`
	NotRead    []string     `json:"not_understood,omitempty"`
	CostUSD    float64      `json:"cost_usd"`
	SavingsUSD float64      `json:"savings_usd"`
	Percentage float64      `json:"savings_percentage"`
	Levers     []leverShown `json:"levers"`
	Classes    []classShown `json:"classes"`
}

type leverShown struct {
	Lever   string  `json:"lever"`
	Status  string  `json:"status"`
	Alone   float64 `json:"savings_usd_alone"`
	Percent float64 `json:"savings_percentage_alone"`
}

type classShown struct {
	Class   int     `json:"class"`
	Calls   int64   `json:"calls"`
	CostUSD float64 `json:"cost_usd"`
}

func (e *explorer) shown() wish {
	w := wish{Wish: e.goal.Summary(), NotRead: e.goal.Unread, CostUSD: e.plan.Plan.CostBeforeUSD, SavingsUSD: e.plan.Plan.SavingsUSD,
		Percentage: e.plan.Plan.Percentage, Levers: []leverShown{}, Classes: []classShown{}}
	for _, p := range e.plan.Proposals {
		w.Levers = append(w.Levers, leverShown{p.Lever, string(p.Status), p.SavingsUSD, p.EstimatedSavingsPercentage})
	}
	for i, s := range e.plan.Spend.ByTag[:min(maxClasses, len(e.plan.Spend.ByTag))] {
		w.Classes = append(w.Classes, classShown{i + 1, s.Calls, s.CostUSD})
	}
	return w
}

// classesOf are the tags of the dearest classes, in the order in which a model
// gets their numbers.
func classesOf(a *savings.Analysis) []string {
	var tags []string
	for _, s := range a.Spend.ByTag[:min(maxClasses, len(a.Spend.ByTag))] {
		tags = append(tags, s.Key)
	}
	return tags
}
