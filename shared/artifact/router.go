package artifact

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"netra/shared/savings"
)

// routerHook applies a learned router: as a hook of the LiteLLM proxy, whose own
// routers choose by tags, load, latency or a list of example sentences and cannot
// run a learned policy, and for other gateways as a class of a few lines.
//
//go:embed netra_router.py
var routerHook []byte

// hookCallback is the hook's name in a LiteLLM configuration.
const hookCallback = "netra_router.handler"

// learned is the policy that decides prompt by prompt, nil if the plan has none.
func (p plan) learned() *savings.RoutingPolicy {
	if r := p.policy(savings.Routing).Routing; r.Learned() {
		return r
	}
	return nil
}

// routed lists the models that calls are moved from by the learned router, as the
// log names them, and the one that they are moved to.
func routed(r *savings.RoutingPolicy) (from []savings.Model, to savings.Model) {
	for _, rule := range r.Rules {
		if rule.MaxGrade > 0 {
			from, to = append(from, rule.From), rule.To
		}
	}
	return from, to
}

var errNoRouter = errors.New("the learned router is not there")

// routerFile completes the learned router with the names that clients ask for.
func routerFile(p plan) (File, bool, error) {
	f := File{Name: "router.json", MediaType: "application/json", About: "The learned router: what grades a prompt, and up to which grade the cheaper model answers; netra_router.py reads it"}
	policy := newPlan(p.Analysis, savings.Proposed, savings.Optional).learned()
	if policy == nil {
		return f, false, nil
	}
	if len(p.router) == 0 {
		return f, false, errNoRouter
	}
	var out map[string]any
	if err := json.Unmarshal(p.router, &out); err != nil {
		return f, false, fmt.Errorf("read the learned router: %w", err)
	}
	from, to := routed(policy)
	var names []string
	for _, m := range from {
		key := named(m, "").model
		for _, name := range []string{asked(key), key} {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	out["from"], out["to"] = names, asked(named(to, "").model)
	out["except"] = append([]string{}, p.Options.ExcludeTags...) // classes that no lever may change
	var err error
	f.Data, err = json.Marshal(out)
	return f, true, err
}

// hook is the program that applies the router.
func hook(p plan) (File, bool, error) {
	f := File{Name: "netra_router.py", MediaType: "text/x-python", About: "Applies router.json: a hook for the LiteLLM proxy, and a class for a gateway of your own", Data: routerHook}
	return f, newPlan(p.Analysis, savings.Proposed, savings.Optional).learned() != nil, nil
}

// withTarget adds the model that the learned router moves calls to, if the log does
// not have it.
func (p plan) withTarget(models []deployment) []deployment {
	policy := p.learned()
	if policy == nil {
		return models
	}
	from, to := routed(policy)
	key := named(to, "").model
	route, ok := liteLLMRoute(key, from[0].Model, p.inUse())
	if !ok || slices.ContainsFunc(models, func(d deployment) bool { return d.Name == asked(key) }) {
		return models
	}
	return append(models, deployment{Name: asked(key), Params: route})
}
