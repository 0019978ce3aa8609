package tools_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/plan"
	"netra/shared/tools"
)

func catalog(t *testing.T) tools.Catalog {
	t.Helper()
	named, err := tools.Name(double(nil))
	require.NoError(t, err)
	c, err := tools.NewCatalog(named)
	require.NoError(t, err)
	return c
}

func TestAModelCallsAToolByNameThroughTheDispatcher(t *testing.T) {
	d, e := dispatcher(t, plan.Free)
	got, err := catalog(t).Call(t.Context(), d, "double", json.RawMessage(`{"n":4}`))
	require.NoError(t, err)
	assert.JSONEq(t, `{"double":8}`, string(got))
	assert.Len(t, e.completed, 1)
}

func TestInputThatDoesNotFitNeverReachesTheTool(t *testing.T) {
	cases := map[string]string{
		"unknown field": `{"n":4,"m":5}`, "missing field": `{}`, "nothing": ``, "wrong type": `{"n":"4"}`,
		"fraction": `{"n":4.5}`, "not an object": `[4]`, "not JSON": `{"n":`, "null": `null`,
	}
	for name, input := range cases {
		t.Run(name, func(t *testing.T) {
			d, e := dispatcher(t, plan.Free)
			_, err := catalog(t).Call(t.Context(), d, "double", json.RawMessage(input))
			require.ErrorIs(t, err, tools.ErrInput)
			assert.Empty(t, e.executing)
		})
	}
}

func TestAnUnknownToolIsRefused(t *testing.T) {
	d, e := dispatcher(t, plan.Free)
	_, err := catalog(t).Call(t.Context(), d, "delete_everything", nil)
	require.ErrorIs(t, err, tools.ErrUnknown)
	assert.Empty(t, e.executing)
}

func TestTwoToolsOfOneNameAreRefused(t *testing.T) {
	named, err := tools.Name(double(nil))
	require.NoError(t, err)
	_, err = tools.NewCatalog(named, named)
	assert.ErrorContains(t, err, "double")
}

func TestTheSchemaComesFromTheInputType(t *testing.T) {
	schema, err := json.Marshal(catalog(t).Tools()[0].Schema)
	require.NoError(t, err)
	assert.JSONEq(t, `{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],"additionalProperties":false}`, string(schema))
}
