package artifact

import (
	"bytes"
	"fmt"
	"strconv"

	"gopkg.in/yaml.v3"

	"netra/shared/savings"
)

// alertFile is a Prometheus rule file:
// https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
type alertFile struct {
	Groups []alertGroup `yaml:"groups"`
}

type alertGroup struct {
	Name  string  `yaml:"name"`
	Rules []alert `yaml:"rules"`
}

type alert struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

const alertHead = `# Prometheus alerting rules on LiteLLM's metrics (/metrics, callback "prometheus").
# Thresholds come from the replay of your log and take its volume as typical:
# if your traffic has grown since, scale the amounts with it.
`

// slack is the share of an expected hit rate below which its alert goes off.
const slack = 0.8

func alerts(p plan) (File, bool, error) {
	f := File{Name: "alerts.yaml", MediaType: "application/yaml", About: "Prometheus rules that tell when the bill leaves the plan's interval or a cache goes cold"}
	if p.Span.Hours < 1 {
		return f, false, nil // nothing to take a daily amount from
	}
	rules := append(p.spendAlerts(), p.cacheAlerts()...)
	var out bytes.Buffer
	out.WriteString(alertHead)
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(alertFile{[]alertGroup{{"netra", rules}}}); err != nil {
		return f, false, err
	}
	f.Data = out.Bytes()
	return f, true, encoder.Close()
}

// week is the span in hours from which amounts are by the week: the mean of a log's
// days is less than any working day costs.
const week = 7 * 24

func (p plan) spendAlerts() []alert {
	if len(p.Plan.Steps) == 0 {
		most := p.Plan.CostBeforeUSD * 24 / p.Span.Hours
		for _, day := range p.Spend.ByDay {
			most = max(most, day.CostUSD)
		}
		return []alert{newAlert("NetraSpendAboveLog", "sum(increase(litellm_spend_metric_total[1d])) > "+amount(most), "2h", "warning",
			fmt.Sprintf("A day costs more than $%s, the dearest of your log: look at the log of that day again.", amount(most)))}
	}
	window, name, hours := "1d", "day", 24.0
	if p.Span.Hours >= week {
		window, name, hours = "7d", "week", week
	}
	of := func(usd float64) float64 { return usd * hours / p.Span.Hours }
	spend := "sum(increase(litellm_spend_metric_total[" + window + "])) > "
	worst := of(p.Plan.CostBeforeUSD - p.Plan.Interval.Low)
	return []alert{
		newAlert("NetraSpendAbovePlan", spend+amount(worst), "2h", "warning",
			fmt.Sprintf("A %s costs more than $%s, the upper end of the plan's 90%% interval.", name, amount(worst))),
		newAlert("NetraSpendAsBefore", spend+amount(of(p.Plan.CostBeforeUSD)), "2h", "critical",
			fmt.Sprintf("A %s costs as much as before the plan: a lever has come undone. verify.sql tells which.", name)),
	}
}

// increased is what a counter grew by in a day, over all its series; 0 where it has
// none: LiteLLM makes a series on the first use, so a cache that was never hit has none,
// and a rule without the 0 would keep silent about just that one.
func increased(counter string) string {
	return "(sum(increase(" + counter + "[1d])) or vector(0))"
}

func (p plan) cacheAlerts() []alert {
	var out []alert
	var hit, prompt int64
	for _, s := range p.prefixes() {
		hit, prompt = hit+s.HitTokens, prompt+s.PromptTokens
	}
	if hit > 0 && p.Before.InputTokens > 0 {
		share := slack * float64(hit) / float64(max(prompt, p.Before.InputTokens))
		out = append(out, newAlert("NetraPromptCacheCold",
			increased("litellm_input_cached_tokens_metric_total")+" / "+increased("litellm_input_tokens_metric_total")+" < "+amount(share), "6h", "warning",
			"Fewer prompt tokens are read from the provider's cache than the plan expects: has the start of the prompts changed?"))
	}
	cache := p.chosen[savings.ResponseCache]
	if cache.Policy.ResponseCache != nil && p.Before.Calls > 0 {
		share := slack * float64(cache.Evidence.Calls) / float64(p.Before.Calls)
		hits := increased("litellm_cache_hits_metric_total")
		out = append(out, newAlert("NetraResponseCacheCold",
			hits+" / ("+hits+" + "+increased("litellm_cache_misses_metric_total")+") < "+amount(share), "6h", "warning",
			"Fewer answers come from your own cache than the plan expects: is it up, and do requests ask for it?"))
	}
	return out
}

func newAlert(name, expr, wait, severity, summary string) alert {
	return alert{name, expr, wait, map[string]string{"severity": severity, "source": "netra"}, map[string]string{"summary": summary}}
}

// amount writes a threshold with four significant digits, never in exponent form.
func amount(v float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64)
	if err != nil {
		rounded = v
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
