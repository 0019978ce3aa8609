package connector_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
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
	"netra/shared/usage"
)

// serve starts the stand-in; requests before its first answer get faults.
func serve(t *testing.T, s source, faults ...func(http.ResponseWriter)) (base string, asked *[]string) {
	asked = new([]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(faults) > 0 {
			fault := faults[0]
			faults = faults[1:]
			fault(w)
			return
		}
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Equal(t, s.value, r.Header.Get(s.header))
		assert.True(t, strings.HasPrefix(r.URL.Path, s.path), r.URL.Path)
		mark := s.ask(r, string(body))
		*asked = append(*asked, mark)
		for i, m := range s.marks {
			if m == mark {
				fmt.Fprint(w, s.pages[i])
				return
			}
		}
		t.Errorf("asked for a page %q that is not there", mark)
		w.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

// client waits for nothing and notes how long it was told to.
func client() (*connector.Client, *[]time.Duration) {
	var waits []time.Duration
	return connector.New(connector.Settings{Private: true, Sleep: func(ctx context.Context, d time.Duration) error {
		waits = append(waits, d)
		return ctx.Err()
	}}), &waits
}

func (s source) request(base string) connector.Request {
	day := time.Date(2025, 8, 1, 0, 0, 0, 0, time.UTC)
	return connector.Request{Kind: s.kind, BaseURL: base, Credential: s.credential, Table: s.table, From: day, To: day.Add(24 * time.Hour)}
}

func noSave(connector.Cursor) error { return nil }

func TestEverySourceIsFetchedPageByPageAndReadAsALog(t *testing.T) {
	for _, s := range sources() {
		t.Run(string(s.kind), func(t *testing.T) {
			base, asked := serve(t, s)
			c, _ := client()
			var log bytes.Buffer
			var saved []connector.Cursor
			at, err := c.Fetch(t.Context(), s.request(base), connector.Cursor{}, &log, func(c connector.Cursor) error {
				saved = append(saved, c)
				return nil
			})
			require.NoError(t, err)
			assert.Equal(t, s.marks, *asked)
			assert.True(t, at.Done)
			assert.EqualValues(t, log.Len(), at.Bytes)
			assert.Equal(t, at, saved[len(saved)-1])

			reader, err := usage.Open(bytes.NewReader(log.Bytes()), usage.Options{})
			require.NoError(t, err)
			found, err := usage.Inspect(reader)
			require.NoError(t, err)
			assert.Equal(t, s.format, found.Format)
			assert.EqualValues(t, s.calls, found.Calls)
			assert.Equal(t, s.prompt, found.InputTokens)
			assert.Zero(t, found.Unreadable)
		})
	}
}

func TestAFetchGoesOnFromItsCursor(t *testing.T) {
	for _, s := range sources() {
		t.Run(string(s.kind), func(t *testing.T) {
			base, asked := serve(t, s)
			c, _ := client()
			var whole, log bytes.Buffer
			_, err := c.Fetch(t.Context(), s.request(base), connector.Cursor{}, &whole, noSave)
			require.NoError(t, err)

			*asked = nil
			crash := errors.New("the process ended")
			at, err := c.Fetch(t.Context(), s.request(base), connector.Cursor{}, &log, func(connector.Cursor) error { return crash })
			require.ErrorIs(t, err, crash)
			stored, err := json.Marshal(at)
			require.NoError(t, err)
			var back connector.Cursor
			require.NoError(t, json.Unmarshal(stored, &back))
			_, err = c.Fetch(t.Context(), s.request(base), back, &log, noSave)
			require.NoError(t, err)
			assert.Equal(t, whole.String(), log.String())
			assert.Equal(t, s.marks, *asked, "no page is asked for twice")
		})
	}
}

func answer(code int, header ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

func TestRateLimitsAndFaultsAreWaitedOut(t *testing.T) {
	s := sources()[0]
	base, _ := serve(t, s, answer(429, "Retry-After", "17"), answer(503), answer(429, "Retry-After", "999999"))
	c, waits := client()
	_, err := c.Fetch(t.Context(), s.request(base), connector.Cursor{}, io.Discard, noSave)
	require.NoError(t, err)
	require.Len(t, *waits, 4, "three tries in vain, and no wait before the next page")
	assert.Zero(t, (*waits)[3])
	assert.Equal(t, 17*time.Second, (*waits)[0])
	assert.Less(t, (*waits)[1], 3*time.Second)
	assert.Equal(t, 2*time.Minute, (*waits)[2], "a wait is bounded")
}

func TestWhatCannotBeMendedEndsTheFetchAtOnce(t *testing.T) {
	s := sources()[0]
	for name, tc := range map[string]struct {
		fault func(http.ResponseWriter)
		want  string
		tries int
	}{
		"refused credential": {answer(401), "check that it is valid", 0},
		"no permission":      {answer(403), "check that it is valid", 0},
		"not found":          {answer(404), "404", 0},
		"redirect":           {answer(302, "Location", "http://example.com/"), "302", 0},
		"not JSON":           {func(w http.ResponseWriter) { fmt.Fprint(w, "<html>") }, "read the answer", 0},
		"row not JSON":       {func(w http.ResponseWriter) { fmt.Fprint(w, `{"data":[{]}`) }, "read the answer", 0},
		"down":               {answer(500), "gave up after 6 attempts", 5},
	} {
		t.Run(name, func(t *testing.T) {
			faults := make([]func(http.ResponseWriter), 6)
			for i := range faults {
				faults[i] = tc.fault
			}
			base, asked := serve(t, s, faults...)
			c, waits := client()
			var log bytes.Buffer
			at, err := c.Fetch(t.Context(), s.request(base), connector.Cursor{}, &log, noSave)
			require.ErrorContains(t, err, tc.want)
			assert.NotContains(t, err.Error(), s.credential)
			assert.Len(t, *waits, tc.tries)
			assert.Empty(t, *asked)
			assert.Equal(t, connector.Cursor{}, at)
			assert.Zero(t, log.Len())
		})
	}
}

func TestASourceWithoutCredentialIsNeverCalled(t *testing.T) {
	for _, s := range sources() {
		base, asked := serve(t, s)
		r := s.request(base)
		r.Credential = ""
		c, _ := client()
		_, err := c.Fetch(t.Context(), r, connector.Cursor{}, io.Discard, noSave)
		require.ErrorIs(t, err, connector.ErrNoCredential)
		assert.Empty(t, *asked)
	}
}

func TestRequestsThatMakeNoSenseAreRefused(t *testing.T) {
	all := sources()
	for name, tc := range map[string]struct {
		of     source
		change func(*connector.Request)
		want   string
	}{
		"unknown kind":       {all[0], func(r *connector.Request) { r.Kind = "fax" }, `no connector is named "fax"`},
		"empty span":         {all[0], func(r *connector.Request) { r.To = r.From }, "before it begins"},
		"self-hosted":        {all[3], func(r *connector.Request) { r.BaseURL = "" }, "give the address"},
		"no URL":             {all[0], func(r *connector.Request) { r.BaseURL = "::" }, "is not a URL"},
		"one Langfuse key":   {all[2], func(r *connector.Request) { r.Credential = "pk" }, "a colon and the secret key"},
		"SQL in a table":     {all[5], func(r *connector.Request) { r.Table = "p.d.t` WHERE 1=1 --" }, "is not project.dataset.table"},
		"foreign page mark":  {all[5], nil, "not a page of BigQuery"},
		"foreign offset":     {all[4], nil, "go on from"},
		"over the bound":     {all[0], func(r *connector.Request) { r.MaxBytes = 10 }, "larger than the plan allows"},
		"page after the end": {all[0], nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			base, _ := serve(t, tc.of)
			r := tc.of.request(base)
			at := connector.Cursor{}
			switch name {
			case "page after the end":
				at.Done = true
			case "foreign page mark", "foreign offset":
				at.Next = "x"
			}
			if tc.change != nil {
				tc.change(&r)
			}
			c, _ := client()
			_, err := c.Fetch(t.Context(), r, at, io.Discard, noSave)
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestACancelledRunEndsItsFetch(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer server.Close()
	c, waits := client()
	_, err := c.Fetch(ctx, sources()[0].request(server.URL), connector.Cursor{}, io.Discard, noSave)
	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, *waits)
}

func TestPrivateAddressesAreOutOfReach(t *testing.T) {
	s := sources()[0]
	base, asked := serve(t, s)
	public := connector.New(connector.Settings{Sleep: func(context.Context, time.Duration) error { return nil }})
	for _, address := range []string{base, strings.Replace(base, "127.0.0.1", "localhost", 1), "http://169.254.169.254/", "http://10.0.0.1/", "http://[::1]:1/", "http://100.64.0.1/", "http://198.18.0.1/", "http://[64:ff9b::a9fe:a9fe]/", "http://[2002:a9fe:a9fe::]/"} {
		_, err := public.Fetch(t.Context(), s.request(address), connector.Cursor{}, io.Discard, noSave)
		assert.ErrorContains(t, err, "not a public one", address)
	}
	assert.Empty(t, *asked)
}
