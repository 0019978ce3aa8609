package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/bucket"
	"netra/shared/store"
	"netra/shared/usage"
)

type dataset struct {
	store.Dataset
	Parts []struct {
		Number        int
		Offset, Bytes int64
		URL           string
	}
}

const twoCalls = `{"model":"gpt-4o","usage":{"prompt_tokens":10,"completion_tokens":2},"timestamp":"2026-08-01T00:00:00Z"}
{"model":"gpt-4o","usage":{"prompt_tokens":20,"completion_tokens":3},"timestamp":"2026-08-01T00:01:00Z"}
`

func (k *kit) newDataset(uid, name string, size int64) dataset {
	k.t.Helper()
	return ok[dataset](k, 201, uid, "POST", "/api/datasets", map[string]any{"filename": name, "bytes": size})
}

// put uploads to a signed URL and returns the status.
func (k *kit) put(to string, body []byte) int {
	k.t.Helper()
	req, err := http.NewRequestWithContext(k.t.Context(), "PUT", to, bytes.NewReader(body))
	require.NoError(k.t, err)
	req.Header.Set("Content-Type", "application/octet-stream")
	resp, err := k.server.Client().Do(req)
	require.NoError(k.t, err)
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(k.t, err)
	return resp.StatusCode
}

// upload brings a whole log of one part.
func (k *kit) upload(uid, log string) dataset {
	k.t.Helper()
	d := k.newDataset(uid, "log.jsonl", int64(len(log)))
	require.Equal(k.t, 204, k.put(d.Parts[0].URL, []byte(log)))
	return ok[dataset](k, 200, uid, "POST", "/api/datasets/"+d.ID+"/complete", nil)
}

func TestLogIsUploadedInPartsAndLookedInto(t *testing.T) {
	k := newKit(t)
	line := strings.Repeat(" ", 1000) + strings.SplitAfter(twoCalls, "\n")[0]
	log := []byte(strings.Repeat(line, bucket.PartBytes/len(line)+10))
	d := k.newDataset("ann", "big.jsonl", int64(len(log)))
	require.Len(t, d.Parts, 2)
	assert.Equal(t, int64(bucket.PartBytes), d.Parts[1].Offset)
	assert.Equal(t, "uploading", d.Status)
	complete := "/api/datasets/" + d.ID + "/complete"
	k.refused("not_ready", k.call("ann", "POST", complete, nil))

	second := d.Parts[1]
	require.Equal(t, 204, k.put(second.URL, log[second.Offset:]))
	left := ok[dataset](k, 200, "ann", "GET", "/api/datasets/"+d.ID, nil)
	require.Len(t, left.Parts, 1, "only what is missing")
	assert.Equal(t, 0, left.Parts[0].Number)
	require.Equal(t, 204, k.put(left.Parts[0].URL, log[:left.Parts[0].Bytes]))
	done := ok[dataset](k, 200, "ann", "POST", complete, map[string]string{"sha256": strings.Repeat("A", 64)})
	assert.Equal(t, "ready", done.Status)
	assert.NotEmpty(t, done.Format)
	assert.Contains(t, string(done.Preview), "gpt-4o")
	again := ok[dataset](k, 200, "ann", "POST", complete, nil)
	assert.Equal(t, "ready", again.Status, "completing twice is completing")
	ok[accepted](k, 202, "ann", "POST", "/api/threads/"+k.thread("ann")+"/messages", map[string]any{"content": "go", "datasets": []string{d.ID}})
}

func TestPartOfAnotherSizeThanAnnouncedIsMissing(t *testing.T) {
	k := newKit(t)
	for _, wrong := range []string{"", "x", twoCalls + "x"} {
		d := k.newDataset("ann", "log.jsonl", int64(len(twoCalls)))
		require.Equal(t, 204, k.put(d.Parts[0].URL, []byte(wrong)))
		p := k.refused("not_ready", k.call("ann", "POST", "/api/datasets/"+d.ID+"/complete", nil))
		assert.Contains(t, p.Detail, "1 of 1 parts")
		k.refused("not_ready", k.call("ann", "POST", "/api/threads/"+k.thread("ann")+"/messages", map[string]any{"content": "go", "datasets": []string{d.ID}}))
		require.Equal(t, 204, k.put(d.Parts[0].URL, []byte(twoCalls)), "a part can be sent again")
		assert.Equal(t, "ready", ok[dataset](k, 200, "ann", "POST", "/api/datasets/"+d.ID+"/complete", nil).Status)
	}
}

func TestUploadURLIsTheOnlyRightToWrite(t *testing.T) {
	k := newKit(t)
	d := k.newDataset("ann", "log.jsonl", int64(len(twoCalls)))
	signed, err := url.Parse(d.Parts[0].URL)
	require.NoError(t, err)
	forge := func(change func(url.Values)) string {
		u, q := *signed, signed.Query()
		change(q)
		u.RawQuery = q.Encode()
		return u.String()
	}
	for name, to := range map[string]string{
		"nothing":        k.server.URL + "/upload/part",
		"another object": forge(func(q url.Values) { q.Set("obj", "users/bob/datasets/d1/parts/00000") }),
		"traversal":      forge(func(q url.Values) { q.Set("obj", "../../etc/passwd") }),
		"later expiry":   forge(func(q url.Values) { q.Set("expiry", "9999999999") }),
		"no signature":   forge(func(q url.Values) { q.Del("signature") }),
		"other method":   forge(func(q url.Values) { q.Set("method", "GET") }),
	} {
		assert.Equal(t, 403, k.put(to, []byte(twoCalls)), name)
	}
	assert.Equal(t, 413, k.put(d.Parts[0].URL, make([]byte, bucket.PartBytes+1)))
	left := ok[dataset](k, 200, "ann", "GET", "/api/datasets/"+d.ID, nil)
	assert.Len(t, left.Parts, 1, "a part that was too large left nothing")
}

func TestDatasetsThatCannotBeAreRefused(t *testing.T) {
	k := newKit(t)
	for name, c := range map[string]struct {
		body any
		kind string
	}{
		"no name":              {map[string]any{"filename": "", "bytes": 5}, "invalid"},
		"name of controls":     {map[string]any{"filename": "\x00\n", "bytes": 5}, "invalid"},
		"empty file":           {map[string]any{"filename": "a", "bytes": 0}, "invalid"},
		"negative":             {map[string]any{"filename": "a", "bytes": -1}, "invalid"},
		"over the plan":        {map[string]any{"filename": "a", "bytes": 300 << 20}, "too_large"},
		"no number":            {`{"filename":"a","bytes":1e99}`, "bad_request"},
		"a mapping of nothing": {map[string]any{"filename": "a", "bytes": 5, "mapping": map[string]any{"fields": map[string]string{"colour": "c"}}}, "invalid"},
		"no mapping":           {map[string]any{"filename": "a", "bytes": 5, "mapping": "input_tokens"}, "invalid"},
		"a long mapping": {map[string]any{"filename": "a", "bytes": 5, "mapping": map[string]any{
			"fields": map[string]string{"input_tokens": strings.Repeat("x", 17<<10)}}}, "invalid"},
		"long model": {map[string]any{"filename": "a", "bytes": 5, "price_model": strings.Repeat("m", 201)}, "invalid"},
	} {
		t.Log(name)
		k.refused(c.kind, k.call("ann", "POST", "/api/datasets", c.body))
	}
	d := k.newDataset("ann", "../../etc/passwd\n", 5)
	assert.Equal(t, "../../etc/passwd", d.Filename, "a name is shown, and never a path")
	assert.NotContains(t, d.Parts[0].URL, "passwd")
}

func TestALogOfUnknownFormatProposesAMappingAndTakesItBack(t *testing.T) {
	k := newKit(t)
	log := "When;LLM;Tok In;Tok Out\n2025-01-02 03:04:05;gpt-4o;1000;50\n"
	d := k.upload("ann", log)
	require.Equal(t, "refused", d.Status)
	assert.Contains(t, d.Problem.Advice, "with the mapping")
	var found struct {
		Proposed json.RawMessage `json:"proposed_mapping"`
	}
	require.NoError(t, json.Unmarshal([]byte(d.Preview), &found))
	announced := ok[dataset](k, 201, "ann", "POST", "/api/datasets", map[string]any{"filename": "a.csv", "bytes": len(log), "mapping": found.Proposed})
	require.Equal(t, 204, k.put(announced.Parts[0].URL, []byte(log)))
	done := ok[dataset](k, 200, "ann", "POST", "/api/datasets/"+announced.ID+"/complete", nil)
	assert.Equal(t, "ready", done.Status)
	assert.Equal(t, "mapped", done.Format)
	assert.JSONEq(t, string(found.Proposed), string(done.Mapping))
}

// unknownLog is one that needs a mapping.
const unknownLog = "When;LLM;Tok In;Tok Out\n2025-01-02 03:04:05;gpt-4o;1000;50\n"

type mappingBody struct {
	Mapping json.RawMessage `json:"mapping"`
}

func TestARefusedLogIsReadWithAMappingWithoutASecondUpload(t *testing.T) {
	k := newKit(t)
	d := k.upload("ann", unknownLog)
	require.Equal(t, "refused", d.Status)
	assert.NotContains(t, string(d.Preview), "1000", "columns and kinds, never a value")
	var found struct {
		Proposed json.RawMessage `json:"proposed_mapping"`
		Columns  []usage.Column
	}
	require.NoError(t, json.Unmarshal([]byte(d.Preview), &found))
	assert.Equal(t, []usage.Column{{Name: "When", Kind: "time"}, {Name: "LLM", Kind: "text"}, {Name: "Tok In", Kind: "number"}, {Name: "Tok Out", Kind: "number"}}, found.Columns)

	complete := "/api/datasets/" + d.ID + "/complete"
	done := ok[dataset](k, 200, "ann", "POST", complete, mappingBody{found.Proposed})
	assert.Equal(t, "ready", done.Status)
	assert.Equal(t, "mapped", done.Format)
	assert.Nil(t, done.Problem)
	assert.JSONEq(t, string(found.Proposed), string(done.Mapping))
	assert.Contains(t, string(done.Preview), "gpt-4o")
	stored := ok[dataset](k, 200, "ann", "GET", "/api/datasets/"+d.ID, nil)
	assert.Equal(t, "ready", stored.Status)

	fields := json.RawMessage(`{"fields":{"output_tokens":"Tok Out","input_tokens":"Tok In","model":"LLM","time":"When"}}`)
	again := ok[dataset](k, 200, "ann", "POST", complete, mappingBody{fields})
	assert.Equal(t, done.Mapping, again.Mapping, "the same mapping in other words is the same")
	k.refused("already_read", k.call("ann", "POST", complete, mappingBody{json.RawMessage(`{"fields":{"input_tokens":"Tok Out"}}`)}))
	ok[accepted](k, 202, "ann", "POST", "/api/threads/"+k.thread("ann")+"/messages", map[string]any{"content": "go", "datasets": []string{d.ID}})
}

func TestAWrongMappingLeavesTheProposalForAnotherTry(t *testing.T) {
	k := newKit(t)
	d := k.upload("ann", unknownLog)
	complete := "/api/datasets/" + d.ID + "/complete"
	wrong := ok[dataset](k, 200, "ann", "POST", complete, mappingBody{json.RawMessage(`{"fields":{"input_tokens":"LLM"}}`)})
	assert.Equal(t, "refused", wrong.Status)
	assert.Equal(t, "too_many_unreadable", wrong.Problem.Kind)
	assert.Contains(t, wrong.Problem.Advice, "correct the mapping")
	assert.JSONEq(t, string(d.Preview), string(wrong.Preview))
	right := ok[dataset](k, 200, "ann", "POST", complete, mappingBody{json.RawMessage(`{"fields":{"input_tokens":"Tok In"}}`)})
	assert.Equal(t, "ready", right.Status)
}

func TestTheFirstCompletionMayGiveTheMapping(t *testing.T) {
	k := newKit(t)
	d := k.newDataset("ann", "a.csv", int64(len(unknownLog)))
	complete, body := "/api/datasets/"+d.ID+"/complete", mappingBody{json.RawMessage(`{"fields":{"input_tokens":"Tok In"}}`)}
	k.refused("not_ready", k.call("ann", "POST", complete, body))
	require.Equal(t, 204, k.put(d.Parts[0].URL, []byte(unknownLog)))
	assert.Equal(t, "mapped", ok[dataset](k, 200, "ann", "POST", complete, body).Format)
}

func TestMappingsThatCannotBeAreRefused(t *testing.T) {
	k := newKit(t)
	d := k.upload("ann", unknownLog)
	complete := "/api/datasets/" + d.ID + "/complete"
	for name, mapping := range map[string]string{
		"no field":   `{"fields":{"colour":"LLM"}}`,
		"no tokens":  `{"fields":{"model":"LLM"}}`,
		"no mapping": `"input_tokens"`,
		"too long":   `{"fields":{"input_tokens":"` + strings.Repeat("x", 17<<10) + `"}}`,
	} {
		t.Log(name)
		k.refused("invalid", k.call("ann", "POST", complete, mappingBody{json.RawMessage(mapping)}))
	}
	good := mappingBody{json.RawMessage(`{"fields":{"input_tokens":"Tok In"}}`)}
	k.refused("not_found", k.call("bob", "POST", complete, good))
	assert.Equal(t, "refused", ok[dataset](k, 200, "ann", "GET", "/api/datasets/"+d.ID, nil).Status)
	binary := k.upload("ann", "\x7fELF\x00\x01\x02"+strings.Repeat("\x00\xff\xfe", 500))
	still := ok[dataset](k, 200, "ann", "POST", "/api/datasets/"+binary.ID+"/complete", good)
	assert.Equal(t, binary.Problem, still.Problem, "no mapping helps")
	known := k.upload("ann", twoCalls)
	k.refused("already_read", k.call("ann", "POST", "/api/datasets/"+known.ID+"/complete", good))
}

func TestALogOfThousandsOfColumnsStillProposesAMapping(t *testing.T) {
	k := newKit(t)
	var row strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&row, `,"%s%d":1`, strings.Repeat("x", 700), i)
	}
	d := k.upload("ann", `{"Tok In":10,"Tok Out":2`+row.String()+"}\n")
	assert.Equal(t, "unknown_format", d.Problem.Kind)
	assert.Less(t, len(d.Preview), 100<<10, "fits a document")
	assert.Contains(t, string(d.Preview), `"input_tokens":"Tok In"`)
}

func TestALogWithoutAGuessNamesItsColumnsToMap(t *testing.T) {
	k := newKit(t)
	d := k.upload("ann", "engine,asked,got\ngpt-4o,10,20\n")
	assert.Equal(t, "no_usable_column", d.Problem.Kind)
	assert.JSONEq(t, `{"columns":[{"name":"engine","kind":"text"},{"name":"asked","kind":"number"},{"name":"got","kind":"number"}]}`, string(d.Preview))
	fields := mappingBody{json.RawMessage(`{"fields":{"model":"engine","input_tokens":"asked","output_tokens":"got"}}`)}
	assert.Equal(t, "ready", ok[dataset](k, 200, "ann", "POST", "/api/datasets/"+d.ID+"/complete", fields).Status)
}

func TestLogsThatCannotBeUsedSayWhy(t *testing.T) {
	k := newKit(t)
	for name, log := range map[string]string{
		"binary":    "\x7fELF\x00\x01\x02" + strings.Repeat("\x00\xff\xfe", 500),
		"no column": "name,colour\na,b\nc,d\n",
		"blank":     "\n\n\n",
	} {
		d := k.upload("ann", log)
		assert.Equal(t, "refused", d.Status, name)
		require.NotNil(t, d.Problem, name)
		assert.NotEmpty(t, d.Problem.Kind, name)
		assert.NotEmpty(t, d.Problem.Advice, name)
		k.refused("not_ready", k.call("ann", "POST", "/api/threads/"+k.thread("ann")+"/messages", map[string]any{"content": "go", "datasets": []string{d.ID}}))
	}
	assert.Equal(t, "ready", k.upload("ann", twoCalls).Status, "the next one works")
}

func TestDeletedDatasetIsGone(t *testing.T) {
	k := newKit(t)
	d := k.upload("ann", twoCalls)
	ok[any](k, 204, "ann", "DELETE", "/api/datasets/"+d.ID, nil)
	k.refused("not_found", k.call("ann", "GET", "/api/datasets/"+d.ID, nil))
	k.refused("not_found", k.call("ann", "DELETE", "/api/datasets/"+d.ID, nil))
}

func TestDatasetsArePaged(t *testing.T) {
	k := newKit(t)
	for i := range 3 {
		k.newDataset("ann", fmt.Sprintf("log%d", i), 5)
	}
	first := ok[struct{ Datasets []dataset }](k, 200, "ann", "GET", "/api/datasets?limit=2", nil).Datasets
	require.Len(t, first, 2)
	rest := ok[struct{ Datasets []dataset }](k, 200, "ann", "GET", "/api/datasets?limit=2&before="+first[1].ID, nil).Datasets
	require.Len(t, rest, 1)
	assert.Equal(t, "log0", rest[0].Filename)
}
