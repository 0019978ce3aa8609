package check_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"

	"netra/infra/check"
)

func TestVariablesRefuseValuesThatCannotBeRight(t *testing.T) {
	cases := []struct {
		name  string
		value cty.Value
		says  string
	}{
		{"project_id", cty.StringVal("My Project"), "project id"},
		{"project_id", cty.StringVal("123456789012"), "project id"},
		{"region", cty.StringVal("europe-west1-b"), "not a zone"},
		{"region", cty.StringVal("eu"), "region such as"},
		{"image", cty.StringVal("europe-west1-docker.pkg.dev/p/netra/netra:latest"), "must be pinned"},
		{"allow", allow(""), "domains such as example.com"},
		{"allow", allow("example"), "domains such as example.com"},
		{"allow", allow("@example.com"), "domains such as example.com"},
		{"allow", allow("anyone", "example.com"), "domains such as example.com"},
		{"allow", allow("a@example.com,b@example.com"), "domains such as example.com"},
		{"access_contact", cty.StringVal(strings.Repeat("x", 201)), "one short line"},
		{"billing_account", cty.StringVal("my account"), "must look like"},
		{"max_instances", cty.NumberIntVal(0), "whole number"},
		{"budget", cty.NumberIntVal(0), "whole number"},
		{"budget", cty.NumberFloatVal(9.99), "whole number"},
		{"alert_email", cty.StringVal("ops"), "e-mail address"},
		{"local_console_origin", cty.StringVal("https://elsewhere.example"), "http://localhost:PORT"},
		{"model", cty.StringVal("gemini; rm"), "model id"},
		{"lambda", lambda("12", "https://a.example"), "12 digits"},
		{"lambda", lambda("123456789012", "https://a.example/path"), "without a path"},
		{"log_level", cty.StringVal("loud"), "debug, info, warn or error"},
	}
	for _, c := range cases {
		t.Run(c.name+"="+strings.ReplaceAll(c.value.GoString(), "/", "_"), func(t *testing.T) {
			given := full()
			given[c.name] = c.value
			_, err := check.Read(repository(t), "infra", given)
			require.ErrorContains(t, err, c.name)
			assert.ErrorContains(t, err, c.says)
		})
	}
}

// lambda is the variable lambda with one function.
func lambda(account, url string) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{
		"account_id": cty.StringVal(account),
		"urls":       cty.MapVal(map[string]cty.Value{"triage": cty.StringVal(url)}),
	})
}

func TestEveryValidatedVariableHasACaseAbove(t *testing.T) {
	module, err := check.Load(repository(t), "infra")
	require.NoError(t, err)
	validated := 0
	for _, block := range module.Variables {
		if len(block.Body.Blocks) > 0 {
			validated++
		}
	}
	assert.Equal(t, 13, validated, "a variable got a validation, or lost one: change the cases above too")
}

func TestEvaluationNeedsEveryVariableWithoutDefault(t *testing.T) {
	_, err := check.Read(repository(t), "infra", map[string]cty.Value{"project_id": cty.StringVal("demo-netra"), "allow": allow("anyone")})
	assert.ErrorContains(t, err, `variable "image" has no value`)
}

func TestEvaluationRefusesVariablesThatDoNotExist(t *testing.T) {
	given := full()
	given["projct_id"] = cty.StringVal("demo-netra")
	_, err := check.Read(repository(t), "infra", given)
	assert.ErrorContains(t, err, `no variable "projct_id"`)
}
