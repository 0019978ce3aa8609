package usage_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

// files are names and texts, in order.
type files [][2]string

func zipped(t *testing.T, list files) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range list {
		part, err := w.Create(f[0])
		require.NoError(t, err)
		_, err = io.WriteString(part, f[1])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.String()
}

const partHead = "timestamp,model,prompt_tokens,completion_tokens\n"

func partRow(second string) string { return "2025-01-02T03:04:0" + second + "Z,gpt-4o,10,5\n" }

func TestAnArchiveOfLogsIsReadAsOneLog(t *testing.T) {
	for name, list := range map[string]files{
		"lines":                {{"logs/b.jsonl", goodLine}, {"logs/a.jsonl", goodLine + strings.TrimSpace(goodLine)}},
		"what is no log":       {{"README.md", "# Logs"}, {"__MACOSX/._a.jsonl", "\x00\x05"}, {".DS_Store", "\x00"}, {"a.jsonl", goodLine + goodLine}, {"b.jsonl", goodLine}, {"empty.jsonl", ""}},
		"packed parts":         {{"a.jsonl.gz", pack(goodLine)}, {"b.jsonl.gz", pack(goodLine + goodLine)}},
		"tables":               {{"a.csv", "\ufeff" + partHead + partRow("1") + strings.TrimSpace(partRow("2"))}, {"b.csv", partHead + partRow("3")}},
		"a table with returns": {{"a.csv", strings.ReplaceAll(partHead+partRow("1")+partRow("2"), "\n", "\r\n")}, {"b.csv", partHead + partRow("3")}},
		"one log of any name":  {{"export", partHead + partRow("1") + partRow("2") + partRow("3")}},
		"arrays":               {{"a.json", "[" + goodLine + "," + goodLine + "]"}, {"b.json", "[\n" + goodLine + "]"}},
	} {
		archive := zipped(t, list)
		for way, log := range map[string]io.Reader{"as a file": strings.NewReader(archive), "as a stream": io.MultiReader(strings.NewReader(archive))} {
			calls, report, err := readFrom(log, usage.Options{})
			require.NoError(t, err, "%s, %s", name, way)
			assert.Len(t, calls, 3, "%s, %s", name, way)
			assert.Equal(t, "zip", report.Packing)
			assert.Zero(t, report.Unreadable, name)
		}
	}
}

func TestAnArchiveThatIsNoLogSaysWhatToDo(t *testing.T) {
	for name, tc := range map[string]struct {
		list files
		want string
	}{
		"a spreadsheet":    {files{{"[Content_Types].xml", "<x/>"}, {"xl/workbook.xml", "<x/>"}}, "save the sheet as CSV"},
		"two kinds":        {files{{"a.csv", partHead}, {"b.jsonl", goodLine}}, "logs of several kinds (1 JSON, 1 tables, 0 Parquet)"},
		"other columns":    {files{{"a.csv", partHead + partRow("1")}, {"b.csv", "time,tokens\n"}}, "b.csv: it has other columns than a.csv"},
		"JSON, then table": {files{{"a", goodLine}, {"b", partHead}}, "b: it is of another kind than a"},
		"nothing":          {files{{"logs/", ""}}, "holds no files"},
		"a picture":        {files{{"a.jsonl", goodLine}, {"b.jsonl", "\x89PNG\x00\x00"}}, "b.jsonl: the log is a binary file"},
	} {
		_, _, err := readText(zipped(t, tc.list), usage.Options{})
		assert.ErrorContains(t, err, tc.want, name)
		assert.NotEmpty(t, usage.KindOf(err), name)
	}
}

func TestAnArchiveIsBoundedLikeAnyPackedLog(t *testing.T) {
	archive := zipped(t, files{{"a.jsonl", strings.Repeat(goodLine, 2000)}})
	_, _, err := readText(archive, usage.Options{MaxUnpacked: 100_000})
	assert.Equal(t, usage.KindTooLarge, usage.KindOf(err), "%v", err)
}

func TestThePreviewOfACutArchiveGivesItsContainerOnly(t *testing.T) {
	archive := zipped(t, files{{"a.jsonl", goodLine}})
	found, err := usage.Preview(strings.NewReader(archive), int64(len(archive)-10), usage.Options{})
	require.NoError(t, err)
	assert.True(t, found.Partial)
	assert.Equal(t, "zip", found.Format)
	found, err = usage.Preview(strings.NewReader(archive), 1<<20, usage.Options{})
	require.NoError(t, err)
	assert.EqualValues(t, 1, found.Calls)
}
