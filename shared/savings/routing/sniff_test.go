package routing

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSniffTellsLabelsFromLogs(t *testing.T) {
	cases := map[string]struct {
		text string
		want []string
	}{
		"true and false":        {"prompt,gpt-4o,gpt-4o-mini\nq,True,False\n", []string{"gpt-4o", "gpt-4o-mini"}},
		"scores and other text": {"tag,Question,a,b,comment,time\nx,q,0.5,1,fine,2026-01-01\n", []string{"a", "b"}},
		"a cut row at the end":  {"prompt,a,b\nq,1,0\nq,1", []string{"a", "b"}},
		"a log":                 {"prompt,input_tokens,output_tokens\nq,1,2\n", nil},
		"a log with costs":      {"prompt,cost,latency_ms,status\nq,1,2,3\n", nil},
		"one model only":        {"prompt,a\nq,1\n", nil},
		"no prompt":             {"a,b\n1,0\n", nil},
		"numbers too large":     {"prompt,a,b\nq,100,2000\n", nil},
		"no rows":               {"prompt,a,b\n", nil},
		"JSON":                  {`{"prompt":"q","a":1}` + "\n", nil},
		"empty":                 {"", nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, ok := Sniff(strings.NewReader(c.text))
			assert.Equal(t, c.want != nil, ok)
			if ok {
				assert.Equal(t, c.want, got)
			}
		})
	}
}
