package connector_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/connector"
)

// scripted answers each request by its method, path and one query parameter.
func scripted(t *testing.T, answers map[string]func(http.ResponseWriter, *http.Request)) (base string, asked *[]string) {
	t.Helper()
	asked = new([]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mark := r.URL.Path + "?" + r.URL.Query().Get("page") + r.URL.Query().Get("cursor")
		*asked = append(*asked, mark)
		if answer, ok := answers[mark]; ok {
			answer(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func says(code int, body string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}
}

func of(kind connector.Kind) source {
	for _, s := range sources() {
		if s.kind == kind {
			return s
		}
	}
	return source{}
}

// TestAnOlderLangfuseIsAskedByItsOlderAPI: self-hosted servers before version 4
// answer 404 or 501 to the newer one.
func TestAnOlderLangfuseIsAskedByItsOlderAPI(t *testing.T) {
	row := `{"id":"a","traceId":"t","type":"GENERATION","startTime":"2025-08-01T10:00:00Z","model":"gpt-4o","usageDetails":{"input":1,"output":1}}`
	for _, code := range []int{http.StatusNotFound, http.StatusNotImplemented} {
		base, asked := scripted(t, map[string]func(http.ResponseWriter, *http.Request){
			"/api/public/v2/observations?": says(code, `{"message":"v2 APIs are currently in beta and only available on Langfuse Cloud"}`),
			"/api/public/observations?1":   says(200, `{"data":[`+row+`],"meta":{"page":1,"limit":1,"totalItems":2,"totalPages":2}}`),
			"/api/public/observations?2":   says(200, `{"data":[`+row+`],"meta":{"page":2,"limit":1,"totalItems":2,"totalPages":2}}`),
		})
		c, _ := client()
		var log bytes.Buffer
		at, err := c.Fetch(t.Context(), of(connector.Langfuse).request(base), connector.Cursor{}, &log, noSave)
		require.NoError(t, err)
		assert.EqualValues(t, 2, at.Rows)
		assert.Equal(t, []string{"/api/public/v2/observations?", "/api/public/observations?1", "/api/public/observations?2"}, *asked)
	}
}

// TestLiteLLMIsPagedBeyondWhereItStopsCounting: the count ends at 10,000 rows,
// so the last page is the one that is not full.
func TestLiteLLMIsPagedBeyondWhereItStopsCounting(t *testing.T) {
	answers := map[string]func(http.ResponseWriter, *http.Request){}
	row := `{"request_id":"a","spend":0.01,"prompt_tokens":1,"completion_tokens":1,"startTime":"2025-08-01T10:00:00Z","model":"gpt-4o"}`
	full := strings.TrimSuffix(strings.Repeat(row+",", 100), ",")
	for n := 1; n <= 3; n++ {
		answers[fmt.Sprintf("/spend/logs/v2?%d", n)] = func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "asc", r.URL.Query().Get("sort_order"))
			assert.Equal(t, "2025-08-01 00:00:00", r.URL.Query().Get("start_date"))
			fmt.Fprintf(w, `{"data":[%s],"total":10000,"page":%d,"page_size":100,"total_pages":2,"total_is_capped":true}`, full, n)
		}
	}
	answers["/spend/logs/v2?4"] = says(200, `{"data":[`+row+`],"total":10000,"page":4,"page_size":100,"total_pages":2,"total_is_capped":true}`)
	base, asked := scripted(t, answers)
	c, _ := client()
	at, err := c.Fetch(t.Context(), of(connector.LiteLLM).request(base), connector.Cursor{}, io.Discard, noSave)
	require.NoError(t, err)
	assert.EqualValues(t, 301, at.Rows)
	assert.Len(t, *asked, 4)
}

// serviceAccount is a key as Google hands it out, for a token server of the test.
func serviceAccount(t *testing.T, tokenURL string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	raw, err := json.Marshal(map[string]string{"type": "service_account", "client_email": "reader@p.iam.gserviceaccount.com",
		"private_key": string(pem.EncodeToMemory(block)), "token_uri": tokenURL})
	require.NoError(t, err)
	return string(raw)
}

// TestBigQueryTakesTheKeyOfAServiceAccount: an access token ends within an hour,
// so it is the key that is stored.
func TestBigQueryTakesTheKeyOfAServiceAccount(t *testing.T) {
	s := of(connector.BigQuery)
	s.value = "Bearer fresh"
	base, asked := serve(t, s)
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		want   error
	}{
		"good":    {says(200, `{"access_token":"fresh","token_type":"Bearer","expires_in":3600}`), nil},
		"revoked": {says(400, `{"error":"invalid_grant"}`), connector.ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			*asked = nil
			tokens, _ := scripted(t, map[string]func(http.ResponseWriter, *http.Request){"/token?": func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				c.answer(w, r)
			}})
			r := s.request(base)
			r.Credential = serviceAccount(t, tokens+"/token")
			fetcher, _ := client()
			at, err := fetcher.Fetch(t.Context(), r, connector.Cursor{}, io.Discard, noSave)
			require.ErrorIs(t, err, c.want)
			assert.Equal(t, c.want == nil, at.Done)
			if c.want != nil {
				assert.Empty(t, *asked)
				assert.NotContains(t, err.Error(), "PRIVATE KEY")
			}
		})
	}
}

// TestAFetchIsBounded: what fits is kept, in whole pages.
func TestAFetchIsBounded(t *testing.T) {
	for name, bound := range map[string]func(*connector.Request){
		"bytes": func(r *connector.Request) { r.MaxBytes = 400 },
		"pages": func(r *connector.Request) { r.MaxPages = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			s := of(connector.OpenAI)
			base, _ := serve(t, s)
			r := s.request(base)
			bound(&r)
			c, _ := client()
			var log bytes.Buffer
			at, err := c.Fetch(t.Context(), r, connector.Cursor{}, &log, noSave)
			require.ErrorIs(t, err, connector.ErrTooLarge)
			assert.EqualValues(t, 1, at.Pages)
			assert.EqualValues(t, log.Len(), at.Bytes)
			assert.False(t, at.Done)
		})
	}
}

// TestALimitThatIsUsedUpIsWaitedForBeforeTheNextPage, in the headers that each
// source is known to send.
func TestALimitThatIsUsedUpIsWaitedForBeforeTheNextPage(t *testing.T) {
	soon := time.Now().Add(40 * time.Second).UTC()
	for name, c := range map[string]struct {
		headers []string
		low, up time.Duration
	}{
		"requests left":         {[]string{"X-Ratelimit-Remaining-Requests", "7", "X-Ratelimit-Reset-Requests", "6m0s"}, 0, 0},
		"no requests left":      {[]string{"X-Ratelimit-Remaining-Requests", "0", "X-Ratelimit-Reset-Requests", "1m30s"}, 90 * time.Second, 90 * time.Second},
		"no tokens left":        {[]string{"X-Ratelimit-Remaining-Tokens", "0", "X-Ratelimit-Reset-Tokens", "250ms"}, 250 * time.Millisecond, 250 * time.Millisecond},
		"longer than is waited": {[]string{"X-Ratelimit-Remaining-Requests", "0", "X-Ratelimit-Reset-Requests", "6h"}, 2 * time.Minute, 2 * time.Minute},
		"a date":                {[]string{"Anthropic-Ratelimit-Requests-Remaining", "0", "Anthropic-Ratelimit-Requests-Reset", soon.Format(time.RFC3339)}, 30 * time.Second, 41 * time.Second},
		"seconds since 1970":    {[]string{"X-Ratelimit-Remaining", "0", "X-Ratelimit-Reset", fmt.Sprint(soon.Unix())}, 30 * time.Second, 41 * time.Second},
		"milliseconds":          {[]string{"X-Ratelimit-Remaining", "0", "X-Ratelimit-Reset", fmt.Sprint(soon.UnixMilli())}, 30 * time.Second, 41 * time.Second},
		"a date in the past":    {[]string{"X-Ratelimit-Remaining", "0", "X-Ratelimit-Reset", "2001-01-01T00:00:00Z"}, 0, 0},
		"nonsense":              {[]string{"X-Ratelimit-Remaining", "0", "X-Ratelimit-Reset", "soon"}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := of(connector.OpenAI)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for i := 0; i < len(c.headers); i += 2 {
					w.Header().Set(c.headers[i], c.headers[i+1])
				}
				if r.URL.Query().Get("page") == "" {
					fmt.Fprint(w, s.pages[0])
					return
				}
				fmt.Fprint(w, s.pages[1])
			}))
			defer server.Close()
			fetcher, waits := client()
			_, err := fetcher.Fetch(t.Context(), s.request(server.URL), connector.Cursor{}, io.Discard, noSave)
			require.NoError(t, err)
			require.Len(t, *waits, 1, "between the two pages, and not after the last")
			assert.GreaterOrEqual(t, (*waits)[0], c.low)
			assert.LessOrEqual(t, (*waits)[0], c.up)
		})
	}
}

func TestASecretIsNamedAfterItsUser(t *testing.T) {
	name, ok := connector.OpenAI.Secret("Abc123")
	assert.True(t, ok)
	assert.Equal(t, "netra-source-openai-usage-Abc123", name)
	for _, uid := range []string{"", "a/b", "../x", "a.b", "ü", strings.Repeat("x", 250)} {
		_, ok := connector.OpenAI.Secret(uid)
		assert.False(t, ok, uid)
	}
}
