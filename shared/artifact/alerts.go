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

func (p plan) spendAlerts() []alert {
	aDay := func(usd float64) float64 { return usd * 24 / p.Span.Hours }
	spend := "sum(increase(litellm_spend_metric_total[1d])) > "
	if len(p.Plan.Steps) == 0 {
		most := aDay(p.Plan.CostBeforeUSD)
		for _, day := range p.Spend.ByDay {
			most = max(most, day.CostUSD)
		}
		return []alert{newAlert("NetraSpendAboveLog", spend+amount(most), "2h", "warning",
			fmt.Sprintf("A day costs more than $%s, the dearest of your log: look at the log of that day again.", amount(most)))}
	}
	worst := aDay(p.Plan.CostBeforeUSD - p.Plan.Interval.Low)
	return []alert{
		newAlert("NetraSpendAbovePlan", spend+amount(worst), "2h", "warning",
			fmt.Sprintf("A day costs more than $%s, the upper end of the plan's 90%% interval.", amount(worst))),
		newAlert("NetraSpendAsBefore", spend+amount(aDay(p.Plan.CostBeforeUSD)), "2h", "critical",
			"A day costs as much as before the plan: a lever has come undone. verify.sql tells which."),
	}
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
			"sum(increase(litellm_input_cached_tokens_metric_total[1d])) / sum(increase(litellm_input_tokens_metric_total[1d])) < "+amount(share), "6h", "warning",
			"Fewer prompt tokens are read from the provider's cache than the plan expects: has the start of the prompts changed?"))
	}
	cache := p.chosen[savings.ResponseCache]
	if cache.Policy.ResponseCache != nil && p.Before.Calls > 0 {
		share := slack * float64(cache.Evidence.Calls) / float64(p.Before.Calls)
		out = append(out, newAlert("NetraResponseCacheCold",
			"sum(increase(litellm_cache_hits_metric_total[1d])) / (sum(increase(litellm_cache_hits_metric_total[1d])) + sum(increase(litellm_cache_misses_metric_total[1d]))) < "+amount(share), "6h", "warning",
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
