package local_test

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// span is what the test looks at of an exported span. Parent is "" for a root.
type span struct{ service, name, trace, id, parent string }

// traces is an OTLP collector (https://opentelemetry.io/docs/specs/otlp/#otlphttp).
type traces struct {
	url string
	mu  sync.Mutex
	all []span
}

// collect starts a collector on loopback.
func collect(t *testing.T) *traces {
	t.Helper()
	c := &traces{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var batch collector.ExportTraceServiceRequest
		raw, err := io.ReadAll(r.Body)
		if err == nil {
			err = proto.Unmarshal(raw, &batch)
		}
		if err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/traces" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.take(&batch)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

func (c *traces) take(batch *collector.ExportTraceServiceRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range batch.GetResourceSpans() {
		service := ""
		for _, a := range resource.GetResource().GetAttributes() {
			if a.GetKey() == "service.name" {
				service = a.GetValue().GetStringValue()
			}
		}
		for _, scope := range resource.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				c.all = append(c.all, span{service, s.GetName(), hex.EncodeToString(s.GetTraceId()),
					hex.EncodeToString(s.GetSpanId()), hex.EncodeToString(s.GetParentSpanId())})
			}
		}
	}
}

// of returns the spans of the trace that has a span of this name, if there is just one.
func (c *traces) of(name string) (spans []span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var ids []string
	for _, s := range c.all {
		if s.name == name {
			ids = append(ids, s.trace)
		}
	}
	if len(ids) != 1 {
		return nil
	}
	for _, s := range c.all {
		if s.trace == ids[0] {
			spans = append(spans, s)
		}
	}
	return spans
}

// checkOneRun holds that one run left one trace: the request that started it, and
// a span of each stage below it, each exported by its own function. Functions do
// not end for it, so they have exported before they answered.
func (c *traces) checkOneRun(t *testing.T, stages []string) {
	t.Helper()
	const post = "POST /api/threads/{thread}/messages"
	exported := func() bool {
		return !slices.ContainsFunc(append(stages, post), func(name string) bool { return c.of(name) == nil })
	}
	require.Eventually(t, exported, 20*time.Second, 10*time.Millisecond, "each once")
	run := c.of(post)
	byID := map[string]span{}
	for _, s := range run {
		byID[s.id] = s
	}
	for _, s := range run {
		parent, known := byID[s.parent]
		switch {
		case s.name == post:
			assert.Empty(t, s.parent, "the request is the root")
		case slices.Contains(stages, s.name):
			assert.Equal(t, post, parent.name, "%s is below the request", s.name)
			assert.Equal(t, "netra-"+s.name, s.service)
		default: // calls that a client library traces
			assert.True(t, known, "%s is below another span", s.name)
		}
	}
	for _, stage := range stages {
		assert.Equal(t, run[0].trace, c.of(stage)[0].trace, "%s is in the run's trace", stage)
	}
}
