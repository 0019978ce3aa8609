package report

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"netra/shared/run"
	"netra/shared/savings"
)

// hostile is a name that tries every way out of its place.
const hostile = `"><script>alert(1)</script><img src=x onerror=alert(2)>'{{.}}|[x](javascript:alert(3))` + "\n# `</svg>"

func hostileInput() Input {
	in := input()
	in.Goal, in.Narrative, in.RunID = hostile, hostile, hostile
	a := in.Analysis
	a.Spend.ByModel[0].Key, a.Proposals[0].Title, a.Plan.Steps[0].Title = hostile, hostile, hostile
	a.Proposals[0].Evidence.Rows[0].Model, a.Proposals[0].Evidence.Rows[0].Tag = hostile, hostile
	a.Pricing.Unpriced[0].Model, a.Pricing.Corrupt[0].Model, a.Plan.Verdict = hostile, hostile, hostile
	a.Caveats, a.Spend.ByDay[0].Key, a.Findings = []string{hostile}, hostile, []savings.Finding{{Text: hostile}}
	in.Sufficiency = &run.Sufficiency{Missing: []run.Missing{{Field: hostile, Why: hostile, Export: []string{hostile}}}}
	in.Logs[0].FirstUnreadable[0].Reason, in.Logs[0].Format, in.Files, in.Notes = hostile, hostile, []string{hostile}, []string{hostile}
	return in
}

// elements walks a page and returns its elements by name and its attributes.
func elements(t *testing.T, page []byte) (map[string]int, []html.Attribute) {
	t.Helper()
	names, attributes := map[string]int{}, []html.Attribute{}
	tokens := html.NewTokenizer(strings.NewReader(string(page)))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			require.ErrorIs(t, tokens.Err(), io.EOF)
			return names, attributes
		case html.StartTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			names[token.Data]++
			attributes = append(attributes, token.Attr...)
		}
	}
}

func TestHostileNamesRenderHarmlessInThePage(t *testing.T) {
	page, err := New(hostileInput()).HTML()
	require.NoError(t, err)
	clean, err := New(input()).HTML()
	require.NoError(t, err)
	names, attributes := elements(t, page)
	assert.Zero(t, names["script"])
	assert.Zero(t, names["img"])
	assert.Zero(t, names["a"])
	cleanNames, _ := elements(t, clean)
	assert.Equal(t, cleanNames["svg"], names["svg"], "a name closed a picture")
	for _, a := range attributes {
		assert.False(t, strings.HasPrefix(a.Key, "on"), "an event handler: %s", a.Key)
	}
}

func TestHostileNamesRenderHarmlessInMarkdown(t *testing.T) {
	text, err := New(hostileInput()).Markdown()
	require.NoError(t, err)
	assert.NotContains(t, string(text), "<script")
	assert.NotContains(t, string(text), "<img")
	assert.NotRegexp(t, regexp.MustCompile(`[^\\]\]\(`), string(text), "a link")
	assert.NotRegexp(t, regexp.MustCompile(`(?m)^# .*svg`), string(text))
}

func TestThePageAsksForNothing(t *testing.T) {
	page, err := New(input()).HTML()
	require.NoError(t, err)
	names, attributes := elements(t, page)
	for _, name := range []string{"script", "link", "iframe", "img", "object", "embed", "audio", "video", "form"} {
		assert.Zero(t, names[name], name)
	}
	for _, a := range attributes {
		assert.NotContains(t, []string{"src", "href", "srcset", "action", "xlink:href"}, a.Key)
	}
	assert.NotContains(t, string(page), "@import")
	assert.NotRegexp(t, `url\((?:"|')?(?:https?:|//)`, string(page))
	assert.Contains(t, string(page), `http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline';`)
}

var picture = regexp.MustCompile(`(?s)<svg viewBox.*?</svg>`)

func TestThePicturesAreWellFormedAndNamed(t *testing.T) {
	page, err := New(hostileInput()).HTML()
	require.NoError(t, err)
	pictures := picture.FindAll(page, -1)
	require.Len(t, pictures, 5)
	for _, p := range pictures {
		decoder := xml.NewDecoder(strings.NewReader(string(p)))
		for {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, string(p))
		}
		assert.Contains(t, string(p), `role="img"`)
		assert.Contains(t, string(p), "<desc")
	}
	assert.NotContains(t, string(page), "<no value>")
	assert.NotContains(t, string(page), "ZgotmplZ", "the template engine refused a value")
}

func TestAReportWithoutAnAnalysisIsStillAPage(t *testing.T) {
	page, err := New(Input{RunID: "r", Status: run.Completed}).HTML()
	require.NoError(t, err)
	assert.Contains(t, string(page), "There is no log to look at yet")
	assert.NotContains(t, string(page), "<svg viewBox")
	assert.NotContains(t, string(page), "<h2>The log</h2>", "a table of zeros")
}
