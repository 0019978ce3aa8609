package functions_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/config"
	"netra/shared/plan"
	"netra/shared/report"
	"netra/shared/run"
	"netra/shared/words"
)

// file is a log or a label file as a user hands it over.
type file struct {
	name string
	data []byte
}

// answer is what a user answers to a data request; the zero answer is "go on
// with what there is".
type answer struct {
	file  file
	model string
}

// worked is one worked case: who asks for what with which data, what Netra
// requests and gets, and how the run ends.
type worked struct {
	name, plan, goal string
	files            []file
	model            string
	answers          []answer

	// asks are the fields of the first request, the most important first.
	asks  string
	state string
	score [2]int
	route string
	kind  string
	// headline, says and denied must be in the headline, in the report and among
	// the tools that the plan refused.
	headline, says, denied string
}

const (
	whole = "triage intelligence optimization actions report"
	taken = "triage intelligence report"
	// again is a run that was answered once and then could carry a plan.
	again = "triage intelligence intelligence optimization actions report"
)

// goOn is the answer "go on with what there is".
var goOn = answer{}

// cases are the worked cases of the product, from nothing to everything.
func cases() []worked {
	week, day := traffic(1, 1200, 8*24*time.Hour), traffic(2, 300, 20*time.Hour)
	impossible, foreign := without(week[:400]), without(week[:400], "cost", "provider")
	impossible[7]["cost"] = 99999.0
	for _, r := range foreign {
		r["model"] = "our-own-llama"
	}
	tokens := file{"tokens.jsonl", jsonl(with(week, "input_tokens", "output_tokens"))}
	bodies := file{"bodies.jsonl", reshaped(week, openAIBody)}
	full := file{"full.jsonl", jsonl(week)}
	const cut = "cut our LLM cost by 30%"
	return []worked{
		// Nothing, or next to nothing.
		{name: "nothing but a complaint", plan: plan.Free, goal: "my bill is too high", answers: []answer{goOn},
			asks: "tokens model prompt_blocks prompt_hash quality time session tag span", state: "insufficient", route: "triage intelligence intelligence report",
			kind: "teaching", headline: "There is no log to look at yet", says: "name of your provider or gateway"},
		{name: "nothing, told to go on at once", plan: plan.Early, goal: "my bill is too high, go on with what you have",
			state: "insufficient", route: taken, kind: "teaching", headline: "There is no log"},
		{name: "token counts alone", plan: plan.Free, goal: cut, files: []file{tokens}, answers: []answer{goOn},
			asks: "model", state: "insufficient", score: [2]int{18, 25}, route: "triage intelligence intelligence report", kind: "teaching",
			headline: "none of them can be priced", says: "Add the field model"},
		{name: "models without a price", plan: plan.Mid, goal: cut, files: []file{{"own.jsonl", jsonl(foreign)}}, answers: []answer{goOn},
			asks: "model", state: "insufficient", score: [2]int{25, 39}, route: "triage intelligence intelligence report", kind: "teaching",
			headline: "none of them can be priced", says: "our-own-llama"},
		{name: "models without a price, then the user's own prices", plan: plan.Mid, goal: cut, files: []file{{"own.jsonl", jsonl(foreign)}},
			answers: []answer{{file: file{"prices.json", []byte(`{"our-own-llama": {"input": 0.9, "output": 2.7}}`)}}},
			asks:    "model", state: "sufficient", score: [2]int{80, 94}, route: again, kind: "plan", says: "our-own-llama"},

		// Logs that are sums, samples, short or damaged.
		{name: "sums of the OpenAI usage API", plan: plan.Mid, goal: cut, files: []file{{"usage.json", openAIUsage(week)}},
			state: "minimal", score: [2]int{40, 55}, route: whole, kind: "plan", headline: "Move to a newer, cheaper model", says: "sums of calls"},
		{name: "a sampled log of Vertex AI", plan: plan.Mid, goal: cut, files: []file{{"vertex.jsonl", reshaped(week, vertexCall)}},
			state: "minimal", score: [2]int{65, 75}, route: whole, kind: "plan", headline: "The plan cuts the bill", says: "The log is a sample"},
		{name: "under an hour of calls", plan: plan.Early, goal: cut, files: []file{{"hour.jsonl", jsonl(traffic(3, 200, 40*time.Minute))}},
			state: "sufficient", score: [2]int{80, 94}, route: whole, kind: "plan", says: "no monthly figure is given"},
		{name: "one row with an impossible cost", plan: plan.Enterprise, goal: cut, files: []file{{"rows.jsonl", jsonl(impossible)}},
			state: "sufficient", score: [2]int{80, 94}, route: whole, kind: "plan", says: "Flagged: line 8"},
		{name: "one row that cannot be read", plan: plan.Free, goal: cut, files: []file{{"rows.jsonl", bytes.Replace(full.data, []byte("\n{"), []byte("\n{broken\n{"), 1)}},
			state: "sufficient", score: [2]int{85, 94}, route: whole, kind: "plan", says: "Unreadable: line 2"},

		// Formats with some of the fields.
		{name: "response bodies of OpenAI", plan: plan.Free, goal: cut, files: []file{bodies},
			state: "minimal", score: [2]int{40, 55}, route: whole, kind: "plan", headline: "Move to a newer, cheaper model"},
		{name: "a gateway of Azure", plan: plan.Free, goal: cut, files: []file{{"gateway.csv", azureGateway(week)}},
			state: "minimal", score: [2]int{45, 60}, route: whole, kind: "plan", says: "Switch on logging of LLM messages"},
		{name: "LiteLLM without prompts", plan: plan.Early, goal: cut, files: []file{{"spend.csv", liteLLM(week)}},
			state: "minimal", score: [2]int{60, 79}, route: whole, kind: "plan", says: "store_prompts_in_spend_logs"},
		{name: "Claude Code sessions", plan: plan.Free, goal: cut, files: []file{{"session.jsonl", reshaped(day, claudeCodeCall)}},
			state: "minimal", score: [2]int{40, 60}, route: whole, kind: "plan", says: "hold the prompts"},
		{name: "Bedrock with prompts", plan: plan.Early, goal: "cut cost without slower answers", files: []file{{"bedrock.jsonl", reshaped(week, bedrockCall)}},
			state: "minimal", score: [2]int{65, 79}, route: whole, kind: "plan", headline: "The plan cuts the bill"},

		// Formats with all of it, and what is left to want.
		{name: "Langfuse with inputs", plan: plan.Mid, goal: cut, files: []file{{"observations.jsonl", reshaped(week, langfuseGeneration)}},
			state: "sufficient", score: [2]int{85, 94}, route: whole, kind: "plan", headline: "The plan cuts the bill"},
		{name: "everything but labels, nothing at risk", plan: plan.Enterprise, goal: "cut cost by 10%, no quality risk", files: []file{full},
			state: "optimal", score: [2]int{95, 100}, route: whole, kind: "plan", headline: "The plan cuts the bill"},
		{name: "everything and labels", plan: plan.Enterprise, goal: cut, files: []file{full, {"labels.csv", labels(3000)}},
			state: "optimal", score: [2]int{95, 100}, route: whole, kind: "plan", headline: "The plan cuts the bill", says: "Routing, from your quality labels"},
		{name: "labels on a plan that cannot use them", plan: plan.Free, goal: cut, files: []file{full, {"labels.csv", labels(3000)}},
			state: "sufficient", score: [2]int{85, 94}, route: whole, kind: "plan", headline: "The plan cuts the bill", denied: "learn_routing mid", says: "Your quality labels were not used: the plan mid"},

		// Asked for more, and given it.
		{name: "nothing, then the gateway's log", plan: plan.Early, goal: "we run LiteLLM; " + cut, answers: []answer{{file: file{"spend.csv", liteLLM(week)}}},
			asks: "tokens model", state: "minimal", score: [2]int{60, 79}, route: again, kind: "plan", says: "LiteLLM"},
		{name: "a trace without models, then the model's name", plan: plan.Free, goal: cut, files: []file{{"trace.csv", servingTrace(day)}}, answers: []answer{{model: "gpt-4o"}},
			asks: "model", state: "minimal", score: [2]int{40, 50}, route: again, kind: "plan", headline: "Move to a newer, cheaper model"},
		{name: "a log without response times for a goal about them, then a fuller export of the same calls", plan: plan.Mid, goal: "make answers twice as fast",
			files: []file{bodies}, answers: []answer{{file: full}},
			asks: "latency prompt_blocks", state: "optimal", score: [2]int{95, 100}, route: again, kind: "plan", says: "counted once"},
		{name: "two answers, the second enough", plan: plan.Enterprise, goal: cut, answers: []answer{{file: tokens}, {file: full}},
			asks: "tokens model", state: "sufficient", score: [2]int{80, 94}, route: "triage intelligence intelligence intelligence optimization actions report", kind: "plan", headline: "The plan cuts the bill"},
		{name: "five answers that do not help", plan: plan.Free, goal: cut, answers: []answer{{file: tokens}, {file: tokens}, {file: tokens}, {file: tokens}, {file: tokens}},
			asks: "tokens model", state: "insufficient", score: [2]int{18, 25}, route: "triage intelligence" + strings.Repeat(" intelligence", run.MaxRounds) + " report",
			kind: "teaching", headline: "none of them can be priced"},
	}
}

// TestTheWorkedCases runs every case through the whole product and looks at what
// its user gets.
func TestTheWorkedCases(t *testing.T) {
	c := startCloud(t, config.Model{})
	for n, k := range cases() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			u := c.newUser(t, fmt.Sprintf("user%d", n), k.plan)
			r, first := u.work(k)
			require.Equal(t, run.Completed, r.Status, "%+v", r.Failure)
			require.NotNil(t, r.Sufficiency)
			assert.Equal(t, k.state, r.Sufficiency.State, "score %d", r.Sufficiency.Score)
			assert.GreaterOrEqual(t, r.Sufficiency.Score, k.score[0])
			assert.LessOrEqual(t, r.Sufficiency.Score, k.score[1])
			assert.True(t, strings.HasPrefix(strings.Join(first, " "), k.asks), "asks for %v first", first)
			events := u.events(r.ID)
			assert.NoError(t, numbered(events))
			assert.Equal(t, k.route, route(events))
			assert.Equal(t, k.kind, kindOf(t, events))
			assert.Equal(t, k.denied, deniedIn(t, events))
			files := u.files(r)
			var doc report.Report
			require.NoError(t, json.Unmarshal([]byte(files["report.json"]), &doc))
			assert.Contains(t, doc.Headline, k.headline)
			assert.Contains(t, files["report.md"], k.says)
			assert.NoError(t, ofUse(doc, files))
			assert.NoError(t, inOrder(doc, k.plan))
		})
	}
}

// work runs a case to its end, answers its requests, and returns the fields of
// the first one.
func (u *user) work(k worked) (run.Run, []string) {
	u.t.Helper()
	var ids []string
	for _, f := range k.files {
		ids = append(ids, u.ready(f))
	}
	id := u.ask(u.thread(), k.goal, k.model, ids...)
	r := u.rest(id)
	var first []string
	for i, a := range k.answers {
		require.Equal(u.t, run.Waiting, r.Status, "round %d: %+v", i+1, r.Failure)
		u.waitsWithoutHolding(r, i)
		if i == 0 {
			for _, item := range r.Request.Items {
				first = append(first, item.Field)
			}
		}
		u.give(id, a)
		r = u.rest(id)
	}
	return r, first
}

// ready uploads a file that must be one that Netra can read.
func (u *user) ready(f file) string {
	u.t.Helper()
	d := u.upload(f.name, f.data)
	require.Equal(u.t, "ready", d.Status, "%s: %+v", f.name, d.Problem)
	return d.ID
}

func (u *user) give(id string, a answer) {
	u.t.Helper()
	path, body := "/continue", map[string]any{}
	if a.file.data != nil {
		path, body = "/data", map[string]any{"datasets": []string{u.ready(a.file)}}
	} else if a.model != "" {
		path, body = "/data", map[string]any{"price_model": a.model}
	}
	var accepted struct{ Status run.Status }
	u.call("POST", "/api/runs/"+id+path, body, &accepted)
	assert.Equal(u.t, run.Running, accepted.Status, "an answer goes on at once")
}

// waitsWithoutHolding checks a waiting run: it holds no lease and no place, and
// its request says of every item what a person needs to act on it.
func (u *user) waitsWithoutHolding(r run.Run, round int) {
	u.t.Helper()
	assert.Equal(u.t, run.Lease{}, r.Lease)
	// The place was given back with the write that made the run wait, which the
	// emulator shows document by document; nothing else would give it back later.
	assert.Eventually(u.t, func() bool { return len(u.slots()) == 0 }, 5*time.Second, 5*time.Millisecond)
	require.NotNil(u.t, r.Request)
	assert.Equal(u.t, round+1, r.Request.Round)
	assert.Equal(u.t, run.MaxRounds-round-1, r.Request.RoundsLeft)
	require.NotEmpty(u.t, r.Request.Items)
	for _, item := range r.Request.Items {
		assert.NoError(u.t, actionable(item))
	}
}

// actionable says what a requested item lacks.
func actionable(m run.Missing) error {
	switch {
	case m.Field == "" || m.Why == "" || m.Unlocks == "" || m.Worth == "":
		return fmt.Errorf("an item without why, lever or worth: %+v", m)
	case m.WorthUSD[0] > m.WorthUSD[1]:
		return fmt.Errorf("%s: no range: %v", m.Field, m.WorthUSD)
	case len(m.Export) == 0 || strings.Contains(strings.Join(m.Export, ""), "does not record this by itself. \n"):
		return fmt.Errorf("%s: nobody is told how to get it", m.Field)
	}
	return nil
}

// ofUse checks that a report helps its user, whatever the data: a plan has
// figures and reasons and files, all else says what is known, what is missing
// with the way to get it, and what a public log shows.
func ofUse(doc report.Report, files map[string]string) error {
	for _, name := range []string{"report.json", "report.md", "report.html"} {
		if len(files[name]) < 1000 {
			return fmt.Errorf("%s has %d bytes", name, len(files[name]))
		}
	}
	for _, m := range doc.Sufficiency.Missing {
		if err := actionable(m); err != nil {
			return err
		}
		if !strings.Contains(files["report.md"], "**"+words.Markdown(m.Field)+"**") {
			return fmt.Errorf("report.md does not name %s", m.Field)
		}
	}
	if doc.Plan.CostBeforeUSD > 0 {
		if len(doc.Recommendations)+len(doc.NotRecommended) == 0 || files["apply.md"] == "" || files["verify.sql"] == "" {
			return fmt.Errorf("a plan without levers or files: %d, %d", len(doc.Recommendations), len(doc.NotRecommended))
		}
		return nil
	}
	if doc.Example == nil || len(doc.Example.Recommendations) == 0 {
		return fmt.Errorf("no example")
	}
	if doc.Log.Calls > 0 && doc.Spend.USD == 0 && doc.Log.Unpriced.Calls == 0 {
		return fmt.Errorf("the log's spend is not told")
	}
	return nil
}

// inOrder checks that a report has the order of its user's plan, if there are
// levers to order.
func inOrder(doc report.Report, name string) error {
	p := plan.Named(name)
	switch {
	case doc.Order == nil && (len(doc.Recommendations) > 0 || name == plan.Free):
		return fmt.Errorf("no order for the plan %s", name)
	case doc.Order != nil && doc.Order.Strategy != p.Strategy:
		return fmt.Errorf("the plan %s has the order %s", name, doc.Order.Strategy)
	}
	return nil
}

// numbered checks that a run's events have the numbers 1, 2, 3, ... and one end.
func numbered(events []run.Event) error {
	for i, e := range events {
		if e.Seq != int64(i+1) {
			return fmt.Errorf("event %d has number %d", i+1, e.Seq)
		}
		if last := i == len(events)-1; (e.Type == run.RunCompleted) != last {
			return fmt.Errorf("event %d of %d is %s", i+1, len(events), e.Type)
		}
	}
	return nil
}

func kindOf(t testing.TB, events []run.Event) string {
	t.Helper()
	for _, e := range events {
		var done struct{ Result struct{ Kind string } }
		if e.Type == run.AgentCompleted && e.Stage == "report" {
			require.NoError(t, json.Unmarshal(e.Data, &done))
			return done.Result.Kind
		}
	}
	return ""
}

// deniedIn lists the tools that the plan refused with the plan that has them.
func deniedIn(t testing.TB, events []run.Event) string {
	t.Helper()
	var all []string
	for _, e := range events {
		var done run.ToolCompletedData
		if e.Type == run.ToolCompleted {
			require.NoError(t, json.Unmarshal(e.Data, &done))
		}
		if done.Denied != nil {
			assert.Contains(t, done.Summary, done.Denied.Permission)
			all = append(all, done.Tool+" "+done.Denied.Plan)
		}
	}
	return strings.Join(all, ", ")
}
