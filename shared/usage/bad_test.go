package usage_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

const goodLine = `{"created":1744990621,"model":"gpt-4o","usage":{"prompt_tokens":10,"completion_tokens":5}}` + "\n"

// readText reads a whole log from memory.
func readText(text string, opts usage.Options) ([]usage.Call, usage.Report, error) {
	return readFrom(io.MultiReader(strings.NewReader(text)), opts) // a reader that cannot seek
}

func readFrom(from io.Reader, opts usage.Options) ([]usage.Call, usage.Report, error) {
	r, err := usage.Open(from, opts)
	if err != nil {
		return nil, usage.Report{}, err
	}
	defer r.Close()
	calls, err := drain(r)
	return calls, r.Report(), err
}

func pack(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

func packZstd(t *testing.T, text string) string {
	w, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return string(w.EncodeAll([]byte(text), nil))
}

func TestUnusableLogsAreRefusedWithTheirKindAndAdvice(t *testing.T) {
	for name, tc := range map[string]struct {
		log    string
		kind   usage.Kind
		advice string
	}{
		"no bytes":                {"", usage.KindEmpty, "export it again"},
		"only white space":        {" \n\r\n\t", usage.KindEmpty, "export it again"},
		"packed nothing":          {pack(""), usage.KindEmpty, "export it again"},
		"only a header":           {"timestamp,model,prompt_tokens,completion_tokens\n", usage.KindEmpty, "no LLM call"},
		"rows but no call":        {`{"type":"user","sessionId":"s","parentUuid":null,"message":{"role":"user"}}` + "\n", usage.KindEmpty, "no LLM call"},
		"a binary":                {"\x7fELF\x02\x01\x01\x00\x00\x00\x00", usage.KindBinary, "send JSON Lines"},
		"control characters":      {strings.Repeat("\x01\x02\x03ab", 100), usage.KindBinary, "send JSON Lines"},
		"not UTF-8":               {strings.Repeat("\xc3\x28\xa0", 100), usage.KindBinary, "send JSON Lines"},
		"GitHub's bill":           {"date,username,product,sku,model,quantity,unit_type,net_amount\n2025-09-01,o,Copilot,Copilot Premium Request,GPT-4.1,7.5,requests,0.3\n", usage.KindNoUsableColumn, "counts requests and no tokens"},
		"Cursor's older export":   {"Date,User,Kind,Max Mode,Model,Tokens,Cost ($)\n2025-07-01T10:00:00.000Z,a,Included,No,claude-4-sonnet,211700,0.15\n", usage.KindNoUsableColumn, "export it again from the dashboard"},
		"Loki's API":              {`{"status":"success","data":{"resultType":"streams","result":[{"stream":{"app":"llm"},"values":[["1748772000000000000","x"]]}]}}`, usage.KindNoUsableColumn, "the lines in this answer of Loki count no tokens"},
		"a sheet of no log":       {"sep=;\r\nname;colour\r\nann;blue\r\n", usage.KindNoUsableColumn, `none of the columns ("name", "colour")`},
		"a web page":              {"<!DOCTYPE html>\n<html><body>Sign in</body></html>", usage.KindUnknownFormat, "a web page, often that of a sign-in"},
		"XML":                     {"<?xml version=\"1.0\"?>\n<log a=\"1\"/>", usage.KindUnknownFormat, "the log is XML"},
		"a spreadsheet":           {"PK\x03\x04abc", usage.KindBinary, "zip archive or a spreadsheet"},
		"packed twice":            {pack(pack(goodLine)), usage.KindBinary, "packed twice"},
		"empty list":              {"[]", usage.KindEmpty, "no rows"},
		"cost report":             {`{"data":[{"results":[{"price":"1","cost_type":"tokens","model":"m"}]}]}`, usage.KindNoUsableColumn, "report of costs"},
		"zeros, packed":           {pack(strings.Repeat("\x00", 1<<20)), usage.KindBinary, "send JSON Lines"},
		"no usable column":        {"name,colour\nann,blue\n", usage.KindNoUsableColumn, "needs input and output tokens"},
		"JSON without tokens":     {`{"name":"ann"}` + "\n", usage.KindNoUsableColumn, "needs input and output tokens"},
		"prose":                   {"once upon a time\nthere was a log\n", usage.KindUnknownFormat, "neither JSON nor a table"},
		"truncated gzip":          {pack(strings.Repeat(goodLine, 4000))[:400], usage.KindDamaged, "pack or copy the file again"},
		"broken gzip":             {pack(goodLine)[:12], usage.KindDamaged, "pack or copy the file again"},
		"truncated zstd":          {packZstd(t, strings.Repeat(goodLine, 4000))[:60], usage.KindDamaged, "pack or copy the file again"},
		"a Parquet file's start":  {"PAR1abcdefgh", usage.KindDamaged, "export or copy it again"},
		"broken Parquet":          {"PAR1" + strings.Repeat("x", 50) + "\x20\x00\x00\x00PAR1", usage.KindDamaged, "export or copy it again"},
		"all rows unreadable":     {goodLine[:40] + "\n" + `{"usage":{"prompt_tokens":-1}}` + "\n", usage.KindTooManyUnreadable, "line 1: not valid JSON"},
		"broken JSON":             {`{"usage":{"prompt_tokens":`, usage.KindUnknownFormat, "begins like JSON"},
		"an array that is broken": {`[{"usage":{"prompt_tokens":1}},}`, usage.KindTooManyUnreadable, "broken here"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := readText(tc.log, usage.Options{})
			require.Error(t, err)
			assert.Equal(t, tc.kind, usage.KindOf(err), err.Error())
			assert.Contains(t, err.Error(), tc.advice)
			assert.Less(t, len(err.Error()), 1000)
		})
	}
}

func TestAnUnknownTableComesWithAProposedMapping(t *testing.T) {
	_, _, err := readText("When;LLM;Tok In;Tok Out;Of which cached\n2025-01-02 03:04:05;gpt-4o;1000;50;400\n", usage.Options{})
	var refused *usage.Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, usage.KindUnknownFormat, refused.Kind)
	assert.Equal(t, map[string]string{"time": "When", "model": "LLM", "input_tokens": "Tok In", "output_tokens": "Tok Out",
		"cache_read_tokens": "Of which cached"}, refused.Proposal.Fields)
}

// endless yields text for ever, up to a size.
type endless struct {
	start, text string
	left        int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, e.start)
	e.start = e.start[n:]
	for n < len(p) {
		n += copy(p[n:], e.text)
	}
	n = int(min(int64(n), e.left))
	e.left -= int64(n)
	return n, nil
}

// peak runs f and returns by how much the heap in use had grown, measured while it runs.
func peak(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.HeapSys - min(before.HeapSys, after.HeapSys)
}

func TestA200MegabyteLineIsRefusedInBoundedMemory(t *testing.T) {
	for name, start := range map[string]string{"text": "a", "object": `{"usage":{"prompt_tokens":1,"x":"`, "table": "model,prompt_tokens,\""} {
		t.Run(name, func(t *testing.T) {
			var err error
			grown := peak(func() {
				_, _, err = readFrom(&endless{start: start, text: "aaaaaaaaaaaaaaaa", left: 200 << 20}, usage.Options{})
			})
			assert.Equal(t, usage.KindLineTooLong, usage.KindOf(err), "%v", err)
			assert.Less(t, grown, uint64(100<<20))
		})
	}
}

func TestALongLineInTheMiddleIsLeftOut(t *testing.T) {
	long := `{"usage":{"prompt_tokens":1},"x":"` + strings.Repeat("y", 5000) + `"}` + "\n"
	log := strings.Repeat(goodLine, 30) + long + strings.Repeat(goodLine, 10)
	calls, report, err := readText(log, usage.Options{MaxRecord: 1000})
	require.NoError(t, err)
	assert.Len(t, calls, 40)
	assert.Equal(t, []usage.Unreadable{{Line: 31, Reason: "the row is longer than the bound on a row"}}, report.FirstUnreadable)
	assert.EqualValues(t, 32, calls[30].Line)
}

func TestAZipBombIsRefused(t *testing.T) {
	bomb := pack(strings.Repeat(goodLine, 100_000))
	_, _, err := readText(bomb, usage.Options{MaxUnpacked: 1 << 20})
	assert.Equal(t, usage.KindTooLarge, usage.KindOf(err), "%v", err)
	assert.Contains(t, err.Error(), "split it or send a shorter span")
}

func TestAFolderIsRefusedWithAdvice(t *testing.T) {
	folder, err := os.Open(t.TempDir())
	require.NoError(t, err)
	defer folder.Close()
	_, err = usage.Open(folder, usage.Options{})
	assert.Equal(t, usage.KindUnknownFormat, usage.KindOf(err))
	assert.ErrorContains(t, err, "name one log in it")
}

func TestABombOfValidRowsIsRefusedByItsRatio(t *testing.T) {
	if testing.Short() {
		t.Skip("unpacks a gigabyte")
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	require.NoError(t, err)
	chunk := []byte(strings.Repeat(strings.TrimSpace(goodLine)+strings.Repeat(" ", 60_000)+"\n", 100))
	for range (1<<30)/len(chunk) + 2 {
		_, err = w.Write(chunk)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	r, err := usage.Open(&b, usage.Options{})
	require.NoError(t, err)
	_, err = usage.Inspect(r)
	assert.Equal(t, usage.KindTooLarge, usage.KindOf(err), "%v", err)
}

func TestRowsThatCannotBeReadAreCountedWithTheirReason(t *testing.T) {
	row := func(prompt, created string) string {
		return fmt.Sprintf(`{"created":%s,"model":"m","usage":{"prompt_tokens":%s,"completion_tokens":5}}`, created, prompt)
	}
	for name, tc := range map[string]struct{ line, reason string }{
		"negative":         {row("-5", "1744990621"), `input_tokens: "-5" is negative`},
		"not whole":        {row("1.5", "1744990621"), `input_tokens: "1.5" is not a whole number`},
		"huge":             {row("99999999999999999999", "1744990621"), `is more than one call can have`},
		"infinite":         {row(`"Infinity"`, "1744990621"), `is not a finite number`},
		"NaN as text":      {row(`"NaN"`, "1744990621"), `is not a finite number`},
		"NaN":              {row("NaN", "1744990621"), "not valid JSON"},
		"words":            {row(`"many"`, "1744990621"), `input_tokens: "many" is not a number`},
		"before 2015":      {row("5", "17"), `time: "17" is not between the years 2015 and 2100`},
		"far future":       {row("5", `"9999-01-01T00:00:00Z"`), "is not between the years 2015 and 2100"},
		"no time":          {row("5", `"soon"`), `time: "soon" is not a time`},
		"cached over all":  {`{"usage":{"prompt_tokens":5,"prompt_tokens_details":{"cached_tokens":9}}}`, "cached tokens exceed the prompt tokens"},
		"no tokens":        {`{"model":"gpt-4o","usage":{}}`, "no token counts"},
		"cut JSON":         {`{"usage":{"prompt_tokens":`, "not valid JSON"},
		"two values":       {goodLine[:len(goodLine)-1] + goodLine[:len(goodLine)-1], "not valid JSON"},
		"negative cost":    {`{"usage":{"prompt_tokens":5,"cost":-1}}`, "cost: -1 is negative"},
		"deep nesting":     {strings.Repeat(`{"usage":`, 20000), "not valid JSON"},
		"bad sample rate":  {`{"sample_rate":7,"usage":{"prompt_tokens":5}}`, "sample rate: 7 is not over 0 and up to 1"},
		"text for a value": {`"usage"`, "no token counts"},
	} {
		t.Run(name, func(t *testing.T) {
			log := strings.Repeat(goodLine, 25) + tc.line + "\n" + strings.Repeat(goodLine, 5)
			calls, report, err := readText(log, usage.Options{})
			require.NoError(t, err)
			assert.Len(t, calls, 30)
			assert.EqualValues(t, 1, report.Unreadable)
			require.Len(t, report.FirstUnreadable, 1)
			assert.EqualValues(t, 26, report.FirstUnreadable[0].Line)
			assert.Contains(t, report.FirstUnreadable[0].Reason, tc.reason)
		})
	}
}

func TestALogIsRefusedPastFivePercentUnreadable(t *testing.T) {
	bad := "{broken}\n"
	for _, tc := range []struct {
		good, bad int
		kind      usage.Kind
	}{
		{19, 1, ""}, {95, 5, ""}, {94, 6, usage.KindTooManyUnreadable}, {9, 1, usage.KindTooManyUnreadable},
	} {
		log := strings.Repeat(goodLine, tc.good/2) + strings.Repeat(bad, tc.bad) + strings.Repeat(goodLine, tc.good-tc.good/2)
		_, report, err := readText(log, usage.Options{})
		assert.Equal(t, tc.kind, usage.KindOf(err), "%d bad of %d: %v", tc.bad, tc.good+tc.bad, err)
		assert.EqualValues(t, tc.bad, report.Unreadable)
	}
}

func TestALastRowThatTheFileCutsOffDoesNotCount(t *testing.T) {
	for name, log := range map[string]string{
		"lines": goodLine + goodLine + goodLine[:50],
		"array": "[" + strings.TrimSpace(goodLine) + ",\n" + goodLine + "," + goodLine[:50],
	} {
		calls, report, err := readText(log, usage.Options{})
		require.NoError(t, err, name)
		assert.Len(t, calls, 2, name)
		assert.EqualValues(t, 1, report.Unreadable, name)
	}
}

func TestAHopelessLogIsGivenUpEarly(t *testing.T) {
	log := goodLine + strings.Repeat("{broken}\n", 100_000)
	_, report, err := readText(log, usage.Options{})
	assert.Equal(t, usage.KindTooManyUnreadable, usage.KindOf(err))
	assert.Less(t, report.Rows, int64(30_000))
}

func TestSpellingsOfTheSameLogReadTheSame(t *testing.T) {
	table := "timestamp,model,prompt_tokens,completion_tokens\n2025-01-02T03:04:05Z,gpt-4o,10,5\n2025-01-02T03:04:06Z,gpt-4o,20,6\n"
	want, _, err := readText(table, usage.Options{})
	require.NoError(t, err)
	require.Len(t, want, 2)
	for name, log := range map[string]string{
		"byte order mark":  "\ufeff" + table,
		"CRLF":             strings.ReplaceAll(table, "\n", "\r\n"),
		"no last line end": strings.TrimSpace(table),
		"semicolons":       strings.ReplaceAll(table, ",", ";"),
		"tabs":             strings.ReplaceAll(table, ",", "\t"),
		"quotes":           strings.ReplaceAll(table, "gpt-4o", `"gpt-4o"`),
		"gzip":             pack(table),
		"zstd":             packZstd(t, table),
		"blank lines":      strings.ReplaceAll(table, "\n", "\n\n"),
		"decimals":         strings.ReplaceAll(table, ",5\n", ",5.0\n"),
		"data frame nulls": strings.ReplaceAll(table, "gpt-4o,10", " gpt-4o ,1e1"),
	} {
		got, _, err := readText(log, usage.Options{})
		require.NoError(t, err, name)
		for i := range got {
			got[i].Line = want[i].Line
		}
		assert.Equal(t, want, got, name)
	}
}

func TestInvalidUTF8InANameIsReplaced(t *testing.T) {
	log := strings.ReplaceAll(goodLine, "gpt-4o", "gpt\xff-\\u0007\\u001b[31m4o")
	calls, _, err := readText(log, usage.Options{})
	require.NoError(t, err)
	assert.Equal(t, "gpt\ufffd-[31m4o", calls[0].Model)
}

func TestReadErrorsOfTheSourceAreNotMistakenForTheEnd(t *testing.T) {
	down := errors.New("connection reset")
	log := io.MultiReader(strings.NewReader(strings.Repeat(goodLine, 30_000)), failing{down})
	_, _, err := readFrom(log, usage.Options{})
	require.ErrorIs(t, err, down)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
