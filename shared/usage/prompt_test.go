package usage_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/usage"
)

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// logged is one call with its request.
func logged(t *testing.T, system string, messages ...message) string {
	t.Helper()
	line, err := json.Marshal(map[string]any{
		"request":  map[string]any{"system": system, "messages": messages},
		"response": map[string]any{"model": "claude-sonnet-4-5", "usage": map[string]any{"input_tokens": 2000, "output_tokens": 5, "cache_read_input_tokens": 0}},
	})
	require.NoError(t, err)
	return string(line) + "\n"
}

func words(seed, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "word%d ", (i*7919+seed*104729)%50021)
	}
	return b.String()
}

func TestPromptTextBecomesHashesOfItsPrefixes(t *testing.T) {
	system := words(1, 300)
	first := []message{{"user", words(2, 200)}}
	longer := append(first, message{"assistant", words(3, 50)}, message{"user", words(4, 50)})
	log := logged(t, system, first...) + logged(t, system, longer...) + logged(t, system, first...) + logged(t, system, message{"user", words(9, 200)})
	calls, _, err := readText(log, usage.Options{})
	require.NoError(t, err)
	a, b, again, other := calls[0], calls[1], calls[2], calls[3]

	assert.EqualValues(t, 128, a.BlockTokens)
	whole := len(a.Blocks) - 1 // the last block is not full
	assert.Equal(t, a.Blocks[:whole], b.Blocks[:whole], "a conversation is a prefix of its continuation")
	assert.NotEqual(t, a.Blocks[whole], b.Blocks[whole])
	assert.Equal(t, a.PromptHash, again.PromptHash)
	assert.Equal(t, a.Blocks, again.Blocks)
	assert.NotEqual(t, a.PromptHash, b.PromptHash)

	shared := 0
	for shared < len(other.Blocks) && other.Blocks[shared] == a.Blocks[shared] {
		shared++
	}
	assert.Equal(t, len(system)/512, shared, "only the system prompt is shared, to the last full block")
}

// TestBlocksAreNoLongerThanTheLoggedPrompt has text of 8 bytes a token, by the count of
// the provider: a start of 4,096 bytes is 512 tokens, not 1,024.
func TestBlocksAreNoLongerThanTheLoggedPrompt(t *testing.T) {
	row := `{"request":{"messages":[{"role":"user","content":%q}]},"response":{"model":"claude-sonnet-4-5","usage":{"input_tokens":%d,"output_tokens":5,"cache_read_input_tokens":0}}}` + "\n"
	text := strings.Repeat("word ", 1600)[:8000-len("user")-2] // a byte behind each of the two strings
	calls, _, err := readText(fmt.Sprintf(row, text, 1000)+fmt.Sprintf(row, text, 5000), usage.Options{})
	require.NoError(t, err)
	assert.EqualValues(t, 64, calls[0].BlockTokens)
	assert.EqualValues(t, 128, calls[1].BlockTokens, "what is not in the text, tools and images, makes the text no longer")
}

func TestHashesDependOnTheKeyAndNothingElse(t *testing.T) {
	log := logged(t, "be brief", message{"user", "hello"})
	read := func(key string) usage.Call {
		calls, _, err := readText(log, usage.Options{Key: key})
		require.NoError(t, err)
		return calls[0]
	}
	assert.Equal(t, read("a").PromptHash, read("a").PromptHash)
	assert.NotEqual(t, read("a").PromptHash, read("b").PromptHash)
	assert.NotEqual(t, read("a").Sketch, read("b").Sketch)
}

func TestSpellingOfARequestDoesNotChangeItsHash(t *testing.T) {
	plain := logged(t, "be brief", message{"user", "hello world"})
	marked := strings.Replace(plain, `"content":"hello world"`, `"content":"hello\u0020world","cache_control":{"type":"ephemeral"}`, 1)
	require.NotEqual(t, plain, marked)
	calls, _, err := readText(plain+marked, usage.Options{})
	require.NoError(t, err)
	assert.Equal(t, calls[0].PromptHash, calls[1].PromptHash)
}

func TestSketchesEstimateHowMuchTwoQuestionsShare(t *testing.T) {
	base := words(1, 100)
	log := logged(t, "", message{"user", base}) +
		logged(t, "", message{"user", base[:len(base)*19/20] + words(5, 5)}) +
		logged(t, "", message{"user", words(7, 100)})
	calls, _, err := readText(log, usage.Options{})
	require.NoError(t, err)
	assert.InDelta(t, 0.9, similarity(calls[0].Sketch, calls[1].Sketch), 0.15)
	assert.Less(t, similarity(calls[0].Sketch, calls[2].Sketch), 0.1)
	assert.Equal(t, 1.0, similarity(calls[0].Sketch, calls[0].Sketch))
	assert.Zero(t, similarity(nil, calls[0].Sketch))
}

// TestALongPromptMakesNoTwoQuestionsAlike holds that near repeats are about what is
// asked, and that all around it must be the same.
func TestALongPromptMakesNoTwoQuestionsAlike(t *testing.T) {
	system, question := words(1, 2000), words(2, 30)
	like := func(log ...string) float64 {
		calls, _, err := readText(strings.Join(log, ""), usage.Options{})
		require.NoError(t, err)
		return similarity(calls[0].Sketch, calls[1].Sketch)
	}
	asked := logged(t, system, message{"user", question})
	assert.Greater(t, like(asked, logged(t, system, message{"user", question + " please"})), 0.8, "nearly the same question")
	assert.Less(t, like(asked, logged(t, system, message{"user", words(3, 30)})), 0.1, "another question under the same system prompt")
	assert.Less(t, like(asked, logged(t, system+" and so on", message{"user", question})), 0.1, "another system prompt")
	assert.Less(t, like(asked, logged(t, system, message{"user", "Hi"}, message{"assistant", "Yes"}, message{"user", question})), 0.1, "another history")
	assert.Zero(t, like(logged(t, "", message{"user", words(4, 200)}), logged(t, "", message{"user", words(4, 200)})), "too long to be compared")
}

func TestAPlainQuestionUnderAnotherSystemPromptIsAnotherOne(t *testing.T) {
	row := func(system string) string {
		return `{"time":"2026-01-01T00:00:00Z","request":{"instructions":"` + system + `","input":"What does the returns desk do with a damaged parcel?"},"response":{"object":"response","model":"gpt-4o","usage":{"input_tokens":5,"output_tokens":1}}}` + "\n"
	}
	calls, _, err := readText(row("Be brief.")+row("Answer in French.")+row("Be brief."), usage.Options{})
	require.NoError(t, err)
	require.NotNil(t, calls[0].Sketch)
	assert.Less(t, similarity(calls[0].Sketch, calls[1].Sketch), 0.1)
	assert.Equal(t, 1.0, similarity(calls[0].Sketch, calls[2].Sketch))
}

// TestWhatTheProviderRemembersIsPartOfThePrompt has "go on" said in several
// conversations of the Responses API, which keeps what was said before.
func TestWhatTheProviderRemembersIsPartOfThePrompt(t *testing.T) {
	row := func(earlier string) string {
		return `{"time":"2026-01-01T00:00:00Z","request":{"input":"Please go on with the list."},"response":{"object":"response","model":"gpt-4o",` + earlier + `"usage":{"input_tokens":5,"output_tokens":1}}}` + "\n"
	}
	calls, _, err := readText(row(`"previous_response_id":"resp_1",`)+row(`"previous_response_id":"resp_2",`)+row(`"previous_response_id":"resp_1",`)+
		row(`"previous_response_id":null,`)+row(""), usage.Options{})
	require.NoError(t, err)
	assert.NotEqual(t, calls[0].PromptHash, calls[1].PromptHash)
	assert.NotEqual(t, calls[0].Blocks[0], calls[1].Blocks[0], "they share no prefix")
	assert.Less(t, similarity(calls[0].Sketch, calls[1].Sketch), 0.1)
	assert.Equal(t, calls[0].PromptHash, calls[2].PromptHash)
	assert.Equal(t, calls[3].PromptHash, calls[4].PromptHash, "nothing is remembered")
	assert.NotEqual(t, calls[0].PromptHash, calls[4].PromptHash)
}

func TestTheSameQuestionAboutAnotherImageIsAnotherOne(t *testing.T) {
	row := func(image string) string {
		return `{"timestamp":"2026-01-01T00:00:00Z","model":"m","messages":[{"role":"user","content":[{"type":"text","text":"What is in this picture, please?"},{"type":"image_url","image_url":{"url":"` + image + `"}}]}],"input_tokens":5,"output_tokens":1}` + "\n"
	}
	for _, images := range [][2]string{{"https://x/1.png", "https://x/2.png"}, {strings.Repeat("A", 5000), strings.Repeat("B", 5000)}} {
		calls, _, err := readText(row(images[0])+row(images[1])+row(images[0]), usage.Options{})
		require.NoError(t, err)
		assert.Less(t, similarity(calls[0].Sketch, calls[1].Sketch), 0.1)
		assert.Equal(t, 1.0, similarity(calls[0].Sketch, calls[2].Sketch))
	}
}

func TestNoTextOfAPromptOrPersonLeavesTheReader(t *testing.T) {
	log := `request_created_at,request_model,response_model,provider,response_status,prompt_tokens,completion_tokens,request_user_id,request_properties,request_body` + "\n" +
		`2025-03-01T10:00:00Z,gpt-4o,gpt-4o,OPENAI,200,10,5,ann@example.com,"{""Helicone-Session-Id"":""secret-session""}","{""messages"":[{""role"":""user"",""content"":""secret words""}]}"` + "\n"
	calls, report, err := readText(log, usage.Options{})
	require.NoError(t, err)
	out, err := json.Marshal(struct {
		Calls  []usage.Call
		Report usage.Report
	}{calls, report})
	require.NoError(t, err)
	assert.NotContains(t, string(out), "secret")
	assert.NotContains(t, string(out), "ann")
	assert.Regexp(t, "^[0-9a-f]{16}$", calls[0].User)
	assert.Regexp(t, "^[0-9a-f]{16}$", calls[0].Session)
}

func TestAnInlinedImageCountsAsOneWord(t *testing.T) {
	image := strings.Repeat("iVBORw0KGgo", 10_000)
	calls, _, err := readText(logged(t, "", message{"user", image}), usage.Options{})
	require.NoError(t, err)
	assert.Len(t, calls[0].Blocks, 1)
}

func TestBlockIdsAreTakenAsTheyAre(t *testing.T) {
	line := func(ids string) string {
		return `{"timestamp":0,"input_length":1000,"output_length":5,"hash_ids":` + ids + "}\n"
	}
	calls, _, err := readText(line("[46, 47,18446744073709551615 ]")+line("[]"), usage.Options{})
	require.NoError(t, err)
	assert.Equal(t, []uint64{46, 47, 1<<64 - 1}, calls[0].Blocks)
	assert.Nil(t, calls[1].Blocks)
	assert.EqualValues(t, 1, calls[0].Time, "time 0 would mean unknown")
	for _, bad := range []string{"[1,,2]", "[1,]", "[-1]", `["a"]`, "[18446744073709551616]", "[1 2]", "7"} {
		_, report, err := readText(strings.Repeat(line("[1]"), 30)+line(bad), usage.Options{})
		require.NoError(t, err)
		assert.EqualValues(t, 1, report.Unreadable, bad)
	}
}

// similarity estimates the Jaccard similarity of the prompts behind two sketches;
// 0 if either is missing.
func similarity(a, b []uint32) float64 {
	if len(a) != usage.SketchBins || len(b) != usage.SketchBins {
		return 0
	}
	same, of := usage.Alike(a, b, usage.Full(a), usage.Full(b))
	return float64(same) / float64(max(of, 1))
}
