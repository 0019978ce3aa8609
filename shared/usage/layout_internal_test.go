package usage

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNoLayoutReadsOnePlaceAsTwoFields(t *testing.T) {
	for _, l := range layouts() {
		owner := map[string]field{}
		for f, list := range l.paths {
			for _, path := range list {
				name := squeeze(path)
				if other, taken := owner[name]; taken {
					assert.Equal(t, reportName(f), reportName(other), "%s reads %s as two fields", l.name, path)
				}
				owner[name] = f
			}
		}
	}
}

// The rank of a place is one byte, and the last one is for what settles a row.
func TestPlacesOfOneFieldAreFewEnoughToBeRanked(t *testing.T) {
	for _, l := range append(layouts(), layout{name: "services", paths: map[field][]string{fTag: services()}}) {
		for f, list := range l.paths {
			assert.Less(t, len(list), 255, "%s: %s", l.name, nameOf(f))
		}
	}
}

func TestEveryLayoutMeetsItsOwnNeedsWithItsOwnPaths(t *testing.T) {
	for _, l := range layouts() {
		have := map[string]bool{}
		for _, key := range l.stash {
			have[squeeze(key)] = true
		}
		for _, list := range l.paths {
			for _, path := range list {
				have[squeeze(path)] = true
			}
		}
		unread := 0
		for _, group := range l.needs {
			if !meets([][]string{group}, have) {
				unread++ // a mark that is not read, such as schemaType
			}
		}
		assert.Less(t, unread, len(l.needs), l.name)
	}
}

func TestTimesOfAllSpellingsAreRead(t *testing.T) {
	const want = 1755000000_500000 // 2025-08-12T12:00:00.5Z
	for _, text := range []string{
		"2025-08-12T12:00:00.5Z", "2025-08-12 12:00:00.500", "2025-08-12T12:00:00.500000+00:00", "2025-08-12T14:00:00.5+02:00",
		"2025-08-12T05:00:00,5-07:00", "2025-08-12 12:00:00.5 UTC", "2025-08-12 12:00:00.5+00", "2025-08-12 12:00:00.500000000 +0000 UTC",
		"1755000000.5", "1755000000500", "1755000000500000", "1755000000500000000", "8/12/2025, 12:00:00.500 PM",
	} {
		got, err := parseTime([]byte(text), local{})
		if assert.NoError(t, err, text) {
			assert.EqualValues(t, want, got, text)
		}
	}
	for _, text := range []string{"", "soon", "2025-13-12T12:00:00Z", "2025-08-12T25:00:00Z", "-5", "NaN", "1e400", "2025-08-12T12:00:00.5Q", "0"} {
		_, err := parseTime([]byte(text), local{})
		assert.Error(t, err, text)
	}
}

func TestDaysAreCountedAsTheCalendarDoes(t *testing.T) {
	for _, d := range []struct{ y, m, d, days int64 }{{1970, 1, 1, 0}, {2000, 2, 29, 11016}, {2024, 2, 29, 19782}, {2100, 3, 1, 47541}, {2025, 12, 31, 20453}} {
		assert.Equal(t, d.days, daysSinceEpoch(d.y, d.m, d.d))
	}
}

func TestNumbersOfSpreadsheetsAreRead(t *testing.T) {
	for text, want := range map[string]float64{"$1,234.50": 1234.5, "1,000,000": 1e6, "3.5e-4": 3.5e-4, "-2": -2} {
		got, err := parseFloat([]byte(text))
		assert.NoError(t, err, text)
		assert.InDelta(t, want, got, 1e-12, text)
	}
	for _, text := range []string{"1,23", "12,34,56", "", "abc", "$", "Inf", "-inf", "nan", "0x10p"} {
		_, err := parseFloat([]byte(text))
		assert.Error(t, err, text)
	}
}

func TestResourceNamesAreCutToTheModel(t *testing.T) {
	for text, want := range map[string]string{
		"gpt-4o":                             "gpt-4o",
		"anthropic/claude-3-7-sonnet":        "anthropic/claude-3-7-sonnet",
		"publishers/google/models/gemini-2":  "gemini-2",
		"projects/1/locations/x/endpoints/7": "7",
		"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4": "us.anthropic.claude-sonnet-4",
		"arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0":                     "amazon.nova-lite-v1:0",
	} {
		assert.Equal(t, want, string(modelName([]byte(text))))
	}
}
