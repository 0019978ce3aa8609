package platform_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/observe"
	"netra/shared/pipeline"
	"netra/shared/platform"
)

func function(memoryMB int) pipeline.Function {
	return pipeline.Function{Name: "triage", TimeoutSeconds: 60, MemoryMB: memoryMB, Concurrency: 1, MaxInstances: 1}
}

func guard(t *testing.T, memoryMB int, next http.HandlerFunc) (*platform.Guard, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	return platform.NewGuard(function(memoryMB), next, slog.New(slog.NewTextHandler(&log, nil))), &log
}

func ask(g http.Handler, method string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequest(method, "/", nil))
	return w
}

func TestPanicIsAnsweredAndTheProcessLives(t *testing.T) {
	calls := 0
	g, log := guard(t, 4096, func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls == 1 {
			panic("boom")
		}
		w.WriteHeader(http.StatusNoContent)
	})
	assert.Equal(t, 500, ask(g, "POST").Code)
	assert.Contains(t, log.String(), "boom")
	assert.Equal(t, 204, ask(g, "POST").Code)
}

func TestDrainFinishesWhatRunsAndRefusesWhatComes(t *testing.T) {
	began, finish := make(chan struct{}), make(chan struct{})
	g, _ := guard(t, 4096, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			close(began)
			<-finish
		}
		w.WriteHeader(http.StatusNoContent)
	})
	running := make(chan int, 1)
	go func() { running <- ask(g, "POST").Code }()
	<-began
	drained := make(chan struct{})
	go func() { g.Drain(context.WithoutCancel(t.Context())); close(drained) }()
	var refused *httptest.ResponseRecorder
	require.Eventually(t, func() bool { refused = ask(g, "GET"); return refused.Code == 503 }, 20*time.Second, time.Millisecond)
	assert.Equal(t, "1", refused.Header().Get("Retry-After"))
	select {
	case <-drained:
		t.Fatal("drained while a request runs")
	default:
	}
	close(finish)
	assert.Equal(t, 204, <-running)
	<-drained
}

func TestDrainOfAnIdleInstanceIsImmediate(t *testing.T) {
	g, _ := guard(t, 4096, func(http.ResponseWriter, *http.Request) {})
	ask(g, "GET")
	g.Drain(t.Context())
	assert.Equal(t, 503, ask(g, "GET").Code)
}

func TestDrainEndsWithItsContextOrBeforeThePlatformKills(t *testing.T) {
	for limit, want := range map[time.Duration]time.Duration{2 * time.Second: 2 * time.Second, time.Hour: 9 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			finish := make(chan struct{})
			g, _ := guard(t, 4096, func(http.ResponseWriter, *http.Request) { <-finish })
			go ask(g, "POST")
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			began := time.Now() // of the bubble's clock
			g.Drain(ctx)
			assert.Equal(t, want, time.Since(began))
			close(finish)
		})
	}
}

func TestInstanceNearItsMemoryLimitTakesNoNewWorkButAnswersProbes(t *testing.T) {
	inUse := int(observe.MemoryInUse()>>20) + 1
	hold := make([]byte, 64<<20) // what an invocation before left behind
	for i := range hold {
		hold[i] = 1
	}
	g, log := guard(t, inUse+64, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	server := httptest.NewServer(g)
	defer server.Close()
	over := func(method string) (int, string) {
		request, err := http.NewRequestWithContext(t.Context(), method, server.URL, strings.NewReader("{}"))
		require.NoError(t, err)
		response, err := server.Client().Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.StatusCode, response.Header.Get("Retry-After")
	}
	status, after := over(http.MethodPost)
	assert.Equal(t, 503, status)
	assert.Equal(t, "1", after)
	assert.Contains(t, log.String(), "near the memory limit")
	status, _ = over(http.MethodGet)
	assert.Equal(t, 204, status, "a probe")
	runtime.KeepAlive(hold)
	hold = nil
	status, _ = over(http.MethodPost)
	assert.Equal(t, 204, status, "what is garbage is given back before work is refused")
}

func TestRequestThroughARealServerIsServed(t *testing.T) {
	g, _ := guard(t, 4096, func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(w, r.Body)
		assert.NoError(t, err)
	})
	server := httptest.NewServer(g)
	defer server.Close()
	resp, err := server.Client().Post(server.URL, "text/plain", strings.NewReader("hello"))
	require.NoError(t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, "hello", string(raw))
}
