package savings

import "slices"

// Difference is what changed between two plans of the same log: a follow-up
// question is the same analysis with other options.
type Difference struct {
	// SavingsUSD, MonthlySavings (nil without a monthly figure) and Percentage are
	// the later plan's figures minus the earlier one's.
	SavingsUSD     float64  `json:"savings_usd"`
	MonthlySavings *float64 `json:"estimated_monthly_savings"`
	Percentage     float64  `json:"savings_percentage"`
	// Added and Removed are levers that only the later or the earlier plan has.
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
	// Changed are the levers of both plans whose share of the saving differs by
	// more than a cent.
	Changed []LeverChange `json:"changed"`
}

// LeverChange is a lever's share of the plan before and after.
type LeverChange struct {
	Lever     string  `json:"lever"`
	BeforeUSD float64 `json:"before_usd"`
	AfterUSD  float64 `json:"after_usd"`
	// Reason is why the lever is no longer in the plan, "" otherwise.
	Reason string `json:"reason,omitempty"`
}

// Trial is another policy that was replayed beside the plan.
type Trial struct {
	// Change says in words how the policy differs from the plan's.
	Change     string  `json:"change"`
	SavingsUSD float64 `json:"savings_usd"`
	Percentage float64 `json:"savings_percentage"`
	// Difference is the trial against the plan.
	Difference Difference `json:"difference"`
}

// NewTrial compares what was tried with the plan.
func NewTrial(change string, plan, tried *Analysis) Trial {
	return Trial{change, tried.Plan.SavingsUSD, tried.Plan.Percentage, Diff(plan, tried)}
}

// Diff compares an earlier analysis with a later one of the same log.
func Diff(earlier, later *Analysis) Difference {
	d := Difference{SavingsUSD: later.Plan.SavingsUSD - earlier.Plan.SavingsUSD, Percentage: later.Plan.Percentage - earlier.Plan.Percentage,
		Added: []string{}, Removed: []string{}, Changed: []LeverChange{}}
	if a, b := earlier.Plan.MonthlySavings, later.Plan.MonthlySavings; a != nil && b != nil {
		change := *b - *a
		d.MonthlySavings = &change
	}
	was, now := marginals(earlier), marginals(later)
	for _, lever := range Levers() {
		before, had := was[lever]
		after, has := now[lever]
		switch {
		case has && !had:
			d.Added = append(d.Added, lever)
		case had && !has:
			d.Removed = append(d.Removed, lever)
		}
		if change := after - before; change > cent || change < -cent || had != has {
			d.Changed = append(d.Changed, LeverChange{Lever: lever, BeforeUSD: before, AfterUSD: after, Reason: later.reason(lever, has)})
		}
	}
	return d
}

func marginals(a *Analysis) map[string]float64 {
	out := map[string]float64{}
	for _, s := range a.Plan.Steps {
		out[s.Lever] = s.MarginalUSD
	}
	return out
}

// reason is why a lever is not in the plan.
func (a *Analysis) reason(lever string, inPlan bool) string {
	i := slices.IndexFunc(a.Proposals, func(p Proposal) bool { return p.Lever == lever })
	if inPlan || i < 0 {
		return ""
	}
	return a.Proposals[i].Reason
}
