package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/plan"
	"netra/shared/run"
	"netra/shared/savings"
)

// ordered is the fixture's report on a plan, with a lever that needs a check.
func ordered(t *testing.T, name string) Report {
	t.Helper()
	p := plan.Named(name)
	in := input()
	in.Plan, in.Files = p, []string{"litellm.yaml", "verify.sql"}
	cache := proposal(savings.ResponseCache, "Answer exact repeats", savings.Proposed, 50, 40)
	cache.Risk, cache.Policy.ResponseCache = "medium", &savings.ResponseCachePolicy{TTLSeconds: 3600}
	proposals := in.Analysis.Proposals
	proposals[2].Policy.Swaps = []savings.Swap{{From: savings.Model{Provider: "openai", Model: "a"}, To: savings.Model{Provider: "azure", Model: "b"}}}
	in.Analysis.Proposals = append([]savings.Proposal{cache}, proposals...)
	return New(in)
}

// levers are those of a phase.
func levers(p Phase) string {
	var out []string
	for _, turn := range p.Levers {
		out = append(out, turn.Lever)
	}
	return strings.Join(out, " ")
}

func TestFreeExplainsTheLeversAndNamesTheTemplates(t *testing.T) {
	o := ordered(t, plan.Free).Order
	require.Len(t, o.Phases, 2)
	assert.Equal(t, "response-cache prompt-cache batch newer-model routing", levers(o.Phases[0]))
	assert.Contains(t, o.Phases[0].Levers[1].Text, "stored by the provider")
	templates := strings.Join(o.Phases[1].Lines, "\n")
	for _, want := range []string{"litellm.yaml", "quality labels", "800 calls"} {
		assert.Contains(t, templates, want)
	}
	assert.Empty(t, o.Notes)
}

func TestFreeWithoutALogExplainsEveryLever(t *testing.T) {
	free := plan.Named(plan.Free)
	o := New(Input{Plan: free, Sufficiency: &run.Sufficiency{Missing: []run.Missing{{Field: "model"}}}}).Order
	require.Len(t, o.Phases, 2)
	assert.Equal(t, strings.Join(savings.Levers(), " "), levers(o.Phases[0]))
	for _, lever := range o.Phases[0].Levers {
		assert.NotEmpty(t, lever.Text, lever.Lever)
	}
	assert.Contains(t, o.Phases[1].Lines[0], "model")
}

func TestEarlyTakesWhatIsEasyAndSafeTheLargestFirst(t *testing.T) {
	o := ordered(t, plan.Early).Order
	require.Len(t, o.Phases, 1)
	assert.Equal(t, "prompt-cache batch", levers(o.Phases[0]))
	assert.Contains(t, o.Phases[0].Levers[0].Text, "$800.00 within the plan")
	require.Len(t, o.Phases[0].Lines, 2)
	assert.Contains(t, o.Phases[0].Lines[0], "Answer exact repeats (effort low, risk medium)")
	assert.Contains(t, o.Phases[0].Lines[1], "Take the newer model")
}

func TestMidGoesFromWhatIsSafeToWhatIsToDecide(t *testing.T) {
	o := ordered(t, plan.Mid).Order
	require.Len(t, o.Phases, 3)
	for i, want := range []string{"prompt-cache batch", "response-cache", "newer-model"} {
		assert.Equal(t, want, levers(o.Phases[i]))
		assert.NotEmpty(t, o.Phases[i].Gate)
		for _, lever := range o.Phases[i].Levers {
			assert.Equal(t, "compare cache reads a day later", lever.Check)
			assert.Empty(t, lever.Compliance, "notes are for enterprise")
		}
	}
	assert.Contains(t, o.Phases[0].Gate, "verify.sql")
	assert.Contains(t, o.Phases[1].Gate, "quality is kept")
	assert.Contains(t, o.Phases[2].Levers[0].Text, "$600.00 alone, not in the plan")
}

func TestALeverThatMayChangeAnswersIsNeverInTheFirstPhase(t *testing.T) {
	for _, lever := range savings.Levers() {
		p := Recommendation{Lever: lever, Status: savings.Proposed, Risk: low}
		assert.Equal(t, savings.MayChangeAnswers(lever), phaseOf(p) > 0, lever)
		p.Risk = "high"
		assert.Equal(t, 2, phaseOf(p), lever)
	}
}

func TestANewerModelOfALogThatNamesNoProviderIsNoNewProvider(t *testing.T) {
	swaps := savings.Policy{Swaps: []savings.Swap{{From: savings.Model{Model: "gpt-4o"}, To: savings.Model{Provider: "openai", Model: "gpt-5.1"}}}}
	assert.Contains(t, compliance(Recommendation{Lever: savings.NewerModel, Policy: swaps})[0], "The provider stays")
	assert.Contains(t, compliance(Recommendation{Lever: savings.SameModel, Policy: swaps})[0], "Calls move to openai")
}

func TestEnterpriseSaysWhatEachLeverKeepsOrMoves(t *testing.T) {
	mid, o := ordered(t, plan.Mid).Order, ordered(t, plan.Enterprise).Order
	require.Len(t, o.Phases, len(mid.Phases))
	notes := map[string]string{}
	for i, phase := range o.Phases {
		assert.Equal(t, levers(mid.Phases[i]), levers(phase))
		for _, turn := range phase.Levers {
			notes[turn.Lever] = strings.Join(turn.Compliance, "\n")
			assert.Contains(t, notes[turn.Lever], "Way back: take the marks out again")
		}
	}
	assert.Contains(t, notes[savings.ResponseCache], "lifetime in this plan: 1 h")
	assert.Contains(t, notes[savings.PromptCache], "retention terms")
	assert.Contains(t, notes[savings.BatchTier], "29 days")
	assert.Contains(t, notes[savings.NewerModel], "Calls move to azure: have a data processing agreement")
	assert.NotContains(t, notes, savings.Routing, "it is not in the plan")
	assert.Contains(t, o.Notes[0], "verify.sql")
}

func TestAPlanChangesNoFigureOfTheReport(t *testing.T) {
	free := ordered(t, plan.Free)
	for _, p := range plan.All() {
		other := ordered(t, p.Name)
		assert.Equal(t, p.Strategy, other.Order.Strategy)
		other.Order = free.Order
		assert.Equal(t, free, other, p.Name)
	}
	assert.Nil(t, New(input()).Order, "no plan, no order")
}

func TestTheOrderIsInEveryForm(t *testing.T) {
	for _, p := range plan.All() {
		r := ordered(t, p.Name)
		r.Order.Phases[0].Levers[0].Title = hostile
		r.Order.Phases[0].Lines = append(r.Order.Phases[0].Lines, hostile)
		page, err := r.HTML()
		require.NoError(t, err)
		names, _ := elements(t, page)
		assert.Zero(t, names["script"]+names["img"], p.Name)
		text, err := r.Markdown()
		require.NoError(t, err)
		assert.NotContains(t, string(text), "<script", p.Name)
		for _, form := range []string{string(page), string(text)} {
			assert.Contains(t, form, "In which order", p.Name)
			assert.Contains(t, form, r.Order.Phases[0].Title, p.Name)
			assert.Equal(t, p.Allows(plan.Comply), strings.Contains(form, "Audit: keep for each lever"), p.Name)
		}
	}
}
