package usage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

// sheet is a table as a spreadsheet of some country saves it, with what it says.
type sheet struct {
	log  string
	want []string
	note string
}

func sheets() map[string]sheet {
	june := []string{"2025-06-01T10:00:00 /gpt-4o in=1200 out=300 cost=0.006", "2025-06-13T11:05:00 /gpt-4o in=12000 out=1500 cost=1234.56"}
	head := "timestamp;model;prompt_tokens;completion_tokens;cost\r\n"
	return map[string]sheet{
		"Excel names the delimiter": {"\ufeffsep=;\r\n" + head + "2025-06-01 10:00:00;gpt-4o;1200;300;0.006\r\n2025-06-13 11:05:00;gpt-4o;12000;1500;1234.56\r\n", june, ""},
		"German":                    {"\ufeff" + head + "01.06.2025 10:00:00;gpt-4o;1.200;300;0,006\r\n13.06.2025 11:05;gpt-4o;12.000;1.500;1.234,56\r\n", june, "decimal comma"},
		"French, with slashes":      {head + "01/06/2025 10:00:00;gpt-4o;1\u202f200;300;0,006\n13/06/2025 11:05;gpt-4o;12\u00a0000;1 500;1 234,56\n", june, "decimal comma"},
		"British": {"timestamp,model,prompt_tokens,completion_tokens,cost\n01/06/2025 10:00:00,gpt-4o,\"1,200\",300,0.006\n13/06/2025 11:05,gpt-4o,\"12,000\",\"1,500\",\"$1,234.56\"\n",
			june, ""},
		"American": {"timestamp,model,prompt_tokens,completion_tokens,cost\n6/1/2025 10:00:00 AM,gpt-4o,\"1,200\",300,$0.006\n6/13/25 11:05,gpt-4o,\"12,000\",\"1,500\",\"$1,234.56\"\n",
			june, ""},
		"thousandths alone":                          {head + "2025-06-01 10:00:00;gpt-4o;1200;300;0,006\n2025-06-13 11:05:00;gpt-4o;12000;1500;1234,560\n", june, "decimal comma"},
		"no day after the 12th, and a decimal comma": {head + "01/06/2025 10:00;gpt-4o;1200;300;0,006\n", june[:1], "dates such as 01/06/2025 were read with the day first"},
		"no day after the 12th": {"timestamp,model,prompt_tokens,completion_tokens,cost\n06/01/2025 10:00,gpt-4o,1200,300,0.006\n",
			june[:1], "dates such as 06/01/2025 were read with the month first"},
	}
}

func TestTablesOfSpreadsheetsAreReadAsTheirCountryWritesThem(t *testing.T) {
	for name, s := range sheets() {
		calls, report, err := readText(s.log, usage.Options{})
		require.NoError(t, err, name)
		var got []string
		for i := range calls {
			got = append(got, brief(&calls[i]))
		}
		assert.Equal(t, s.want, got, name)
		if s.note != "" {
			assert.Contains(t, fmt.Sprint(report.Notes), s.note, name)
		} else {
			assert.Len(t, report.Notes, 1, name)
		}
	}
}

func TestAPointInATableWithDecimalCommasIsNotGuessed(t *testing.T) {
	log := "timestamp;model;prompt_tokens;completion_tokens;cost\n" + strings.Repeat("2025-06-01 10:00:00;gpt-4o;1200;300;0,06\n", 6000) +
		"2025-06-01 10:00:00;gpt-4o;1200;300;0.5\n"
	_, report, err := readText(log, usage.Options{})
	require.NoError(t, err)
	require.Len(t, report.FirstUnreadable, 1)
	assert.Contains(t, report.FirstUnreadable[0].Reason, `cost: "0.5" is not a number with a decimal comma`)
}

func TestAmountsInEurosAreNoDollars(t *testing.T) {
	calls, _, err := readText("timestamp;model;prompt_tokens;completion_tokens;cost\n2025-06-01 10:00:00;gpt-4o;1200;300;0,06 €\n", usage.Options{})
	require.NoError(t, err)
	assert.Equal(t, "EUR", calls[0].Currency)
	assert.InDelta(t, 0.06, calls[0].ReportedCost, 1e-12)
}
