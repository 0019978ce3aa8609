package artifact_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"netra/shared/artifact"
	"netra/shared/pricing"
	"netra/shared/savings"
)

// documented are the keys of LiteLLM's configuration that a plan may use, from
// https://docs.litellm.ai/docs/proxy/config_settings, /caching, /tag_routing and
// /tutorials/prompt_caching; litellm_params takes what litellm.completion() does.
func documented() map[string][]string {
	return map[string][]string{
		"":                               {"model_list", "litellm_settings", "router_settings", "general_settings", "environment_variables"},
		"model_list":                     {"model_name", "litellm_params", "model_info"},
		"litellm_params":                 {"model", "api_key", "api_base", "max_tokens", "service_tier", "tags", "cache_control_injection_points"},
		"cache_control_injection_points": {"location", "role", "index", "control"},
		"control":                        {"type", "ttl"},
		"litellm_settings":               {"callbacks", "cache", "cache_params"},
		"cache_params":                   {"type", "host", "port", "ttl", "mode", "supported_call_types"},
		"router_settings":                {"enable_tag_filtering", "model_group_alias"},
	}
}

// checkKeys walks a parsed configuration and fails on an undocumented key.
func checkKeys(t *testing.T, under string, value any) {
	t.Helper()
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			if under == "model_group_alias" {
				assert.IsType(t, "", inner, "an alias is a name")
				continue
			}
			require.Contains(t, documented()[under], key, "%s.%s is not a key of LiteLLM", under, key)
			checkKeys(t, key, inner)
		}
	case []any:
		for _, inner := range v {
			if _, text := inner.(string); !text {
				checkKeys(t, under, inner)
			}
		}
	}
}

type liteLLM struct {
	Models []struct {
		Name   string `yaml:"model_name"`
		Params struct {
			Model     string   `yaml:"model"`
			APIKey    string   `yaml:"api_key"`
			MaxTokens int64    `yaml:"max_tokens"`
			Tags      []string `yaml:"tags"`
			Points    []struct {
				Location, Role string
				Index          int
				Control        struct{ Type, TTL string }
			} `yaml:"cache_control_injection_points"`
		} `yaml:"litellm_params"`
	} `yaml:"model_list"`
	Settings struct {
		Cache  bool `yaml:"cache"`
		Params struct {
			TTL  int64
			Mode string
		} `yaml:"cache_params"`
	} `yaml:"litellm_settings"`
	Router struct {
		Tags  bool              `yaml:"enable_tag_filtering"`
		Alias map[string]string `yaml:"model_group_alias"`
	} `yaml:"router_settings"`
}

func parsed(t *testing.T, a *savings.Analysis) liteLLM {
	t.Helper()
	files := written(t, a)
	if later, ok := files["litellm.after-evaluation.yaml"]; ok {
		var tree any
		require.NoError(t, yaml.Unmarshal(later.Data, &tree))
		checkKeys(t, "", tree)
	}
	data := files["litellm.yaml"].Data
	var tree any
	require.NoError(t, yaml.Unmarshal(data, &tree))
	checkKeys(t, "", tree)
	var config liteLLM
	require.NoError(t, yaml.Unmarshal(data, &config))
	return config
}

func TestTheLiteLLMConfigurationServesThePlan(t *testing.T) {
	config := parsed(t, analysis())
	type row struct {
		name, model string
		tags        []string
		cap         int64
		ttl         string
	}
	var got []row
	for _, m := range config.Models {
		r := row{name: m.Name, model: m.Params.Model, tags: m.Params.Tags, cap: m.Params.MaxTokens}
		for _, point := range m.Params.Points {
			assert.Equal(t, []string{"message", "ephemeral"}, []string{point.Location, point.Control.Type})
			r.ttl += point.Role + strings.Repeat("last", -point.Index) + " " + point.Control.TTL + ";"
		}
		got = append(got, r)
	}
	assert.Equal(t, []row{
		{"claude-sonnet-4-5", "anthropic/claude-sonnet-4-5", []string{"default"}, 800, "system 5m;last 5m;"},
		{"gpt-4o", "openai/gpt-4o", []string{"default"}, 0, ""},
		{"gpt-4o", "openai/gpt-4o-mini", []string{"classify"}, 16, ""},
		{"claude-haiku-4-5", "bedrock/global.anthropic.claude-haiku-4-5-20251001-v1:0", []string{"default"}, 0, "system 1h;"},
	}, got)
	assert.True(t, config.Router.Tags)
	assert.Equal(t, "gpt-4o", config.Router.Alias["openai/gpt-4o"])
	assert.True(t, config.Settings.Cache)
	assert.EqualValues(t, 3600, config.Settings.Params.TTL)
	assert.Equal(t, "default_off", config.Settings.Params.Mode, "classes that must stay fresh are not cached")
}

func TestWhatIsSetForCallsWithoutATagHoldsForNoOther(t *testing.T) {
	a := analysis()
	a.Spend.ByTag = []savings.Slice{{Key: ""}, {Key: "report"}}
	caps := map[string]int64{}
	for _, m := range parsed(t, a).Models {
		if m.Name == "claude-sonnet-4-5" {
			caps[strings.Join(m.Params.Tags, " ")] = m.Params.MaxTokens
		}
	}
	assert.Equal(t, map[string]int64{"default": 800, "report": 0}, caps)
}

func TestAModelThatReasonsIsNotCappedAtAnswersOfOneThatDoesNot(t *testing.T) {
	a := analysis()
	a.Proposals[2].Policy.Swaps = append(a.Proposals[2].Policy.Swaps, savings.Swap{From: sonnet, To: sonnet, Thinks: true})
	for _, m := range parsed(t, a).Models {
		if m.Name == "claude-sonnet-4-5" {
			assert.Zero(t, m.Params.MaxTokens)
		}
	}
}

func TestWithTagsEveryModelServesTagsThatItDoesNotKnow(t *testing.T) {
	byDefault := map[string]bool{}
	models := parsed(t, analysis()).Models
	for _, m := range models {
		byDefault[m.Name] = byDefault[m.Name] || slices.Contains(m.Params.Tags, "default")
	}
	for _, m := range models {
		assert.True(t, byDefault[m.Name], "%s: LiteLLM would refuse calls with another tag", m.Name)
	}
}

func TestWasteAloneIsACacheOfSeconds(t *testing.T) {
	a := analysis()
	a.Proposals[0] = savings.Proposal{Lever: savings.Waste, Status: savings.Proposed, Policy: savings.Policy{Waste: &savings.WastePolicy{WindowSeconds: 9.5}}}
	config := parsed(t, a)
	assert.True(t, config.Settings.Cache)
	assert.EqualValues(t, 10, config.Settings.Params.TTL)
	assert.Empty(t, config.Settings.Params.Mode)
}

func TestWithoutACacheLeverNoCacheIsTurnedOn(t *testing.T) {
	a := analysis()
	a.Proposals = a.Proposals[1:]
	assert.False(t, parsed(t, a).Settings.Cache)
}

func TestHostileNamesStayInsideTheirYAMLValue(t *testing.T) {
	config := parsed(t, spoiled())
	names := 0
	for _, m := range config.Models {
		if m.Name == hostile {
			names++
		}
	}
	assert.Equal(t, 2, names, "the model and its tagged deployment, whole")
}

// A log without a provider field names models as its gateway does.
func TestModelsKeepTheLogsOwnNames(t *testing.T) {
	a := analysis()
	a.Pricing.Unpriced = []savings.Unpriced{{Model: "openrouter/REDACTED"}}
	a.Proposals[2].Policy.Swaps = []savings.Swap{{From: savings.Model{Model: "openrouter/openai/gpt-4o"}, To: gpt}}
	a.Spend.ByModel = nil
	for _, key := range []string{"o3", "gemini/gemini-2.5-pro", "openrouter/openai/gpt-4o", "bedrock/us.amazon.nova-pro-v1:0", "azure/my-deployment", "openrouter/REDACTED", "", "ollama/llama3"} {
		a.Spend.ByModel = append(a.Spend.ByModel, savings.Slice{Key: key})
	}
	got := map[string]string{}
	for _, m := range parsed(t, a).Models {
		got[m.Name] = m.Params.Model
	}
	assert.Equal(t, map[string]string{
		"o3": "o3", "gemini/gemini-2.5-pro": "gemini/gemini-2.5-pro", "openrouter/openai/gpt-4o": "openai/gpt-4o",
		"bedrock/us.amazon.nova-pro-v1:0": "bedrock/us.amazon.nova-pro-v1:0", "my-deployment": "azure/my-deployment",
	}, got)
}

func TestALogThatNamesNoModelLeavesItToTheEnvironment(t *testing.T) {
	a := analysis()
	a.Proposals = a.Proposals[:1]
	a.Spend.ByModel = []savings.Slice{{Key: pricing.UnnamedModel}}
	config := parsed(t, a)
	require.Len(t, config.Models, 1)
	m := config.Models[0]
	assert.Equal(t, []string{"my-model", "os.environ/LITELLM_MODEL", "os.environ/LITELLM_API_KEY"}, []string{m.Name, m.Params.Model, m.Params.APIKey})
	assert.Empty(t, config.Router.Alias)
	assert.Contains(t, string(written(t, a)["litellm.yaml"].Data), "# The log names no model. Set LITELLM_MODEL")
}

func TestNoSecretIsWritten(t *testing.T) {
	for _, m := range parsed(t, analysis()).Models {
		if m.Params.APIKey != "" {
			assert.Regexp(t, `^os\.environ/[A-Z_]+$`, m.Params.APIKey)
		}
	}
}

func TestALogOfUnknownProvidersGetsNoLiteLLMFile(t *testing.T) {
	a := analysis()
	a.Spend.ByModel = []savings.Slice{{Key: "house/secret-model"}}
	assert.NotContains(t, written(t, a), "litellm.yaml")
}

func TestABedrockProfileIsOfTheGeographyThatTheLogShows(t *testing.T) {
	const target, bare = "anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-3-sonnet-20240229-v1:0"
	for _, c := range []struct {
		from           string
		other, regions []string
		want           string
	}{
		{"eu.anthropic.claude-sonnet-4-5-20250929-v1:0", []string{"aws/us.amazon.nova-pro-v1:0"}, nil, "bedrock/eu." + target},
		{bare, []string{"aws/global.amazon.nova-2-lite-v1:0", "aws/apac.amazon.nova-pro-v1:0"}, nil, "bedrock/apac." + target},
		{bare, nil, []string{"eu-central-1"}, "bedrock/eu." + target},
		{bare, []string{"aws/us.amazon.nova-pro-v1:0"}, []string{"eu-central-1"}, "bedrock/GEOGRAPHY." + target},
		{bare, nil, nil, "bedrock/GEOGRAPHY." + target},
	} {
		a := analysis()
		a.Proposals = []savings.Proposal{{Lever: savings.NewerModel, Status: savings.Proposed, Policy: savings.Policy{Swaps: []savings.Swap{
			{From: savings.Model{Provider: "aws", Model: c.from}, To: savings.Model{Provider: "aws", Model: "regional." + target}}}}}}
		a.Spend.ByModel = nil
		for _, key := range append([]string{"aws/" + c.from}, c.other...) {
			a.Spend.ByModel = append(a.Spend.ByModel, savings.Slice{Key: key})
		}
		files, err := artifact.Files(a, nil, c.regions)
		require.NoError(t, err)
		var config liteLLM
		require.NoError(t, yaml.Unmarshal(files[0].Data, &config))
		assert.Equal(t, c.want, config.Models[0].Params.Model)
		assert.Equal(t, strings.Contains(c.want, "GEOGRAPHY"), strings.Contains(string(files[0].Data), "# The log does not show in which geography"))
	}
}
