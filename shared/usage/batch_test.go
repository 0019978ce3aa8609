package usage_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

func TestALongLogKeepsItsOrderAndNamesTheRightLines(t *testing.T) {
	const rows = 40_000
	var log strings.Builder
	var broken []int64
	for i := 1; i <= rows; i++ {
		switch {
		case i%4001 == 0:
			log.WriteString(`{"model": broken` + "\n")
			broken = append(broken, int64(i))
		default:
			fmt.Fprintf(&log, `{"model":"gpt-4o","created":1755000000,"usage":{"prompt_tokens":%d,"completion_tokens":1},"pad":%q}`+"\n", i, strings.Repeat("x", i%300))
		}
	}
	for _, tc := range []struct{ batch int }{{1}, {7}, {4096}} {
		r, err := usage.Open(strings.NewReader(log.String()), usage.Options{})
		require.NoError(t, err)
		batch := make([]usage.Call, tc.batch)
		at := int64(0)
		for {
			n, err := r.Read(batch)
			for i := range batch[:n] {
				if at++; at%4001 == 0 {
					at++
				}
				require.Equal(t, at, batch[i].Line)
				require.Equal(t, at, batch[i].Input)
			}
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
		}
		report := r.Report()
		assert.EqualValues(t, rows, report.Rows)
		assert.EqualValues(t, len(broken), report.Unreadable)
		for i, u := range report.FirstUnreadable {
			assert.Equal(t, broken[i], u.Line)
		}
	}
}

func TestARecordOfCountlessRowsIsCutOff(t *testing.T) {
	line := `[` + strings.Repeat(`1,`, 1<<20) + `1]`
	log := strings.Repeat(goodLine, 3_000_000/len(goodLine)) + `{"data":` + line + "}\n" + `{"x":[[[[[[[[[[[[` + line + "]]]]]]]]]]]]}\n"
	_, report, err := readText(log, usage.Options{})
	require.NoError(t, err)
	assert.LessOrEqual(t, report.Unreadable, int64(1<<17+20))
}
