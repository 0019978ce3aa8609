package artifact_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"regexp"
	"testing"

	"github.com/VictoriaMetrics/metricsql"
	"github.com/parquet-go/parquet-go"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	pgquery "github.com/wasilibs/go-pgquery"
	"gopkg.in/yaml.v3"

	"netra/shared/dataset"
	"netra/shared/savings"
	"netra/shared/usage"
)

type ruleFile struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert, Expr, For    string
			Labels, Annotations map[string]string
		}
	}
}

func rules(t *testing.T, a *savings.Analysis) ruleFile {
	t.Helper()
	decoder := yaml.NewDecoder(bytes.NewReader(written(t, a)["alerts.yaml"].Data))
	decoder.KnownFields(true)
	var file ruleFile
	require.NoError(t, decoder.Decode(&file))
	return file
}

func TestAlertsAreRulesThatPrometheusTakes(t *testing.T) {
	file := rules(t, analysis())
	require.Len(t, file.Groups, 1)
	names := map[string]string{}
	for _, rule := range file.Groups[0].Rules {
		_, err := metricsql.Parse(rule.Expr)
		require.NoError(t, err, rule.Expr)
		_, err = model.ParseDuration(rule.For)
		require.NoError(t, err)
		assert.Regexp(t, regexp.MustCompile(`^[a-zA-Z_]\w*$`), rule.Alert)
		for label := range rule.Labels {
			assert.True(t, model.LabelName(label).IsValid())
		}
		assert.NotEmpty(t, rule.Annotations["summary"])
		names[rule.Alert] = rule.Expr
	}
	// $1,000 over 10 days, saving at least $350: at most $65 a day, $455 a week. A working
	// day of a log with quiet weekends costs more than that.
	assert.Equal(t, "sum(increase(litellm_spend_metric_total[7d])) > 455", names["NetraSpendAbovePlan"])
	assert.Equal(t, "sum(increase(litellm_spend_metric_total[7d])) > 700", names["NetraSpendAsBefore"])
	short := analysis()
	short.Span.Hours = 120
	assert.Equal(t, "sum(increase(litellm_spend_metric_total[1d])) > 130", rules(t, short).Groups[0].Rules[0].Expr)
	// 10 of 50 million prompt tokens, with a fifth of slack.
	assert.Regexp(t, `< 0\.16$`, names["NetraPromptCacheCold"])
	assert.Regexp(t, `< 0\.32$`, names["NetraResponseCacheCold"])
	assert.Contains(t, names["NetraPromptCacheCold"], "(sum(increase(litellm_input_cached_tokens_metric_total[1d])) or vector(0)) /", "a cache that was never hit has no series")
	assert.Contains(t, names["NetraResponseCacheCold"], "(sum(increase(litellm_cache_hits_metric_total[1d])) or vector(0)) /")
}

func TestALogUnderAnHourGetsNoDailyThreshold(t *testing.T) {
	a := analysis()
	a.Span.Hours = 0.5
	assert.NotContains(t, written(t, a), "alerts.yaml")
}

// columns returns the names of the normalised data set's columns, from a real file.
func columns(t *testing.T) map[string]bool {
	t.Helper()
	var out closing
	_, err := dataset.Write(context.Background(),
		func(context.Context) (dataset.Source, error) { return &one{}, nil },
		func(context.Context) (io.WriteCloser, error) { return &out, nil }, dataset.Settings{})
	require.NoError(t, err)
	file, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
	require.NoError(t, err)
	names := map[string]bool{}
	for _, field := range file.Schema().Fields() {
		names[field.Name()] = true
	}
	require.Greater(t, len(names), 20)
	return names
}

type closing struct{ bytes.Buffer }

func (*closing) Close() error { return nil }

// one is a log of one call.
type one struct{ done bool }

func (o *one) Read(batch []usage.Call) (int, error) {
	if o.done {
		return 0, io.EOF
	}
	o.done = true
	batch[0] = usage.Call{Time: 1, Model: "m", Count: 1, Weight: 1, LatencyMS: -1, TTFTMS: -1, Line: 1}
	return 1, nil
}

func TestQueriesAreSQLOverTheDataSetsColumns(t *testing.T) {
	known := columns(t)
	for name, a := range map[string]*savings.Analysis{"plain": analysis(), "hostile": spoiled()} {
		tree, err := pgquery.ParseToJSON(string(written(t, a)["verify.sql"].Data))
		require.NoError(t, err, name)
		var parsed struct {
			Stmts []struct {
				Stmt map[string]any `json:"stmt"`
			} `json:"stmts"`
		}
		require.NoError(t, json.Unmarshal([]byte(tree), &parsed))
		require.Len(t, parsed.Stmts, 11, "%s: the time zone, the bill, the seven levers of the plan and the two optional ones", name)
		assert.Contains(t, parsed.Stmts[0].Stmt, "VariableSetStmt")
		for _, s := range parsed.Stmts[1:] {
			require.Contains(t, s.Stmt, "SelectStmt", "%s: a name became a statement", name)
			names := maps.Clone(known)
			define(names, s.Stmt)
			checkColumns(t, names, s.Stmt)
		}
	}
}

// define adds the columns that a statement makes itself.
func define(names map[string]bool, node any) {
	switch v := node.(type) {
	case map[string]any:
		if target, ok := v["ResTarget"].(map[string]any); ok {
			if name, ok := target["name"].(string); ok {
				names[name] = true
			}
		}
		if aliases, ok := v["aliascolnames"].([]any); ok {
			for _, alias := range aliases {
				names[alias.(map[string]any)["String"].(map[string]any)["sval"].(string)] = true
			}
		}
		for _, inner := range v {
			define(names, inner)
		}
	case []any:
		for _, inner := range v {
			define(names, inner)
		}
	}
}

// checkColumns walks a syntax tree and fails on a column that neither the data set nor
// the statement has.
func checkColumns(t *testing.T, known map[string]bool, node any) {
	t.Helper()
	switch v := node.(type) {
	case map[string]any:
		if column, ok := v["ColumnRef"].(map[string]any); ok {
			for _, field := range column["fields"].([]any) {
				text, ok := field.(map[string]any)["String"].(map[string]any)
				if name := text["sval"]; ok && name != "c" && name != "p" { // c and p are tables
					assert.True(t, known[text["sval"].(string)], "no column %s in the data set", text["sval"])
				}
			}
		}
		for _, inner := range v {
			checkColumns(t, known, inner)
		}
	case []any:
		for _, inner := range v {
			checkColumns(t, known, inner)
		}
	}
}
