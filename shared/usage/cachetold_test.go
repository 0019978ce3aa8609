package usage_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"netra/shared/usage"
)

func TestALogTellsWhatWasCachedEvenIfItIsNothing(t *testing.T) {
	for file, told := range map[string]bool{"columns.tsv": true, "azure-apim.csv": false, "anthropic-usage.json": true, "gemini.jsonl": true, "helicone.csv": true} {
		calls, _ := readAll(t, "formats/"+file)
		var c usage.Coverage
		for i := range calls {
			c.Add(&calls[i])
		}
		assert.Equal(t, told, c.Carried.CacheTold > 0, file)
		assert.GreaterOrEqual(t, c.Carried.CacheTold, c.Carried.Cache, file)
	}
}
