package stage_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/oidc"
	"netra/functions/stage"
	"netra/shared/observe"
	"netra/shared/pipeline"
	"netra/shared/queue"
)

const good = `{"uid":"ann","run_id":"r1","stage":"triage"}`

func body(data string) string {
	return `{"message":{"data":"` + base64.StdEncoding.EncodeToString([]byte(data)) + `","messageId":"1"},"subscription":"s"}`
}

// pusher is a handler of pushes that notes what reached it.
type pusher struct {
	handler http.Handler
	got     []queue.Message
	log     bytes.Buffer
}

func newPusher(t *testing.T, tokens *queue.TokenChecker, answer error) *pusher {
	t.Helper()
	tracer, err := observe.NewTracer(t.Context(), "", "triage")
	require.NoError(t, err)
	p := &pusher{}
	push := stage.Push{Tokens: tokens, Tracer: tracer, Log: slog.New(slog.NewTextHandler(&p.log, nil))}
	p.handler = push.Handle("triage", func(_ context.Context, m queue.Message) error {
		p.got = append(p.got, m)
		return answer
	})
	return p
}

func (p *pusher) push(body, token string) int {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w.Code
}

func TestAnswerOfThePushSaysWhetherToDeliverAgain(t *testing.T) {
	for name, c := range map[string]struct {
		answer error
		status int
	}{
		"done":     {nil, 204},
		"busy":     {fmt.Errorf("claim: %w", pipeline.ErrBusy), 409},
		"failed":   {errors.New("no database"), 500},
		"timeout":  {context.DeadlineExceeded, 500},
		"two ways": {errors.Join(errors.New("x"), pipeline.ErrBusy), 409},
	} {
		p := newPusher(t, nil, c.answer)
		assert.Equal(t, c.status, p.push(body(good), ""), name)
		assert.Equal(t, []queue.Message{{UID: "ann", RunID: "r1", Stage: "triage"}}, p.got)
	}
}

func TestMessageThatCanNeverBeUnderstoodIsDroppedAndLogged(t *testing.T) {
	for _, bad := range []string{"", "{", `{"message":{}}`, body("{}"), body("\x00"), strings.Repeat("x", 100<<10)} {
		p := newPusher(t, nil, nil)
		assert.Equal(t, 204, p.push(bad, ""), "%.40q would come again for ever", bad)
		assert.Empty(t, p.got)
		assert.Contains(t, p.log.String(), "push dropped")
		assert.Equal(t, 1, strings.Count(p.log.String(), "\n"), "one line, whatever was in it")
	}
}

func TestPushWithoutTheRightTokenDoesNothing(t *testing.T) {
	signer, err := oidc.NewSigner()
	require.NoError(t, err)
	keys := httptest.NewServer(signer)
	t.Cleanup(keys.Close)
	checker := queue.NewTokenChecker(t.Context(), "https://triage.example", "push@p.iam.gserviceaccount.com", keys.URL)
	right, err := signer.Token("https://triage.example", "push@p.iam.gserviceaccount.com")
	require.NoError(t, err)
	wrong, err := signer.Token("https://report.example", "push@p.iam.gserviceaccount.com")
	require.NoError(t, err)
	p := newPusher(t, checker, nil)
	for _, token := range []string{"", "x", wrong} {
		assert.Equal(t, 403, p.push(body(good), token))
	}
	assert.Empty(t, p.got)
	assert.NotContains(t, p.log.String(), wrong, "a token is never logged")
	assert.Equal(t, 204, p.push(body(good), right))
	assert.Len(t, p.got, 1)
}

func TestStageServesPushesAtItsRootAndHealth(t *testing.T) {
	tracer, err := observe.NewTracer(t.Context(), "", "triage")
	require.NoError(t, err)
	log := slog.New(slog.DiscardHandler)
	h := stage.New(&pipeline.Step{Stage: pipeline.Function{Name: "triage"}, Log: log}, stage.Push{Tracer: tracer, Log: log}, &observe.Health{})
	for _, c := range []struct {
		method, path string
		status       int
	}{{"POST", "/", 204}, {"GET", "/", 405}, {"POST", "/other", 404}, {"GET", "/health/live", 200}, {"GET", "/health/ready", 200}, {"GET", "/health", 200}} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(c.method, c.path, strings.NewReader("{}")))
		assert.Equal(t, c.status, w.Code, "%s %s", c.method, c.path)
	}
}

// lines decodes what was logged.
func lines(t *testing.T, log string) (all []map[string]any) {
	t.Helper()
	for text := range strings.Lines(log) {
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &fields))
		all = append(all, fields)
	}
	return all
}

func TestEveryLineOfAnInvocationCarriesTraceRunAndHashedUser(t *testing.T) {
	var log bytes.Buffer
	tracer, err := observe.NewTracer(t.Context(), "", "triage")
	require.NoError(t, err)
	push := stage.Push{Tracer: tracer, Log: observe.NewLogger(&log, "info", "my-project", "triage")}
	handler := push.Handle("triage", func(ctx context.Context, _ queue.Message) error {
		push.Log.WarnContext(ctx, "from inside")
		return errors.New("no database")
	})
	traced := strings.Replace(body(good), `"messageId"`, `"attributes":{"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"},"messageId"`, 1)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(traced)))
	assert.Equal(t, 500, w.Code)
	all := lines(t, log.String())
	require.Len(t, all, 3, "from inside, the failure, and what it took")
	for _, line := range all {
		assert.Equal(t, "projects/my-project/traces/0af7651916cd43dd8448eb211c80319c", line["logging.googleapis.com/trace"])
		assert.Equal(t, "r1", line["run_id"])
		assert.Equal(t, observe.HashUser("ann"), line["user"])
	}
	took := all[2]
	assert.Equal(t, "invocation", took["message"])
	assert.Equal(t, false, took["ok"])
	assert.Contains(t, took, "duration_ms")
	assert.Positive(t, took["memory_mb"])
	assert.NotContains(t, log.String(), `"ann"`)
}
