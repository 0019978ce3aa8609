package api_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/functions/api"
	"netra/shared/observe"
	"netra/shared/run"
	"netra/shared/store"
)

func TestMessageStartsARunAndTellsTheFirstStage(t *testing.T) {
	k := newKit(t)
	a := k.message("ann", "  cut cost by 30%\n")
	assert.Equal(t, run.Running, a.Status)
	require.Len(t, k.queue.all, 1)
	assert.Equal(t, a.RunID, k.queue.all[0].RunID)
	assert.Equal(t, "triage", k.queue.all[0].Stage)

	r := ok[run.Run](k, 200, "ann", "GET", "/api/runs/"+a.RunID, nil)
	assert.Equal(t, "cut cost by 30%", r.Goal)
	thread := ok[struct {
		Thread   store.Thread
		Messages []store.Message
		Runs     []run.Run
	}](k, 200, "ann", "GET", "/api/threads/"+a.ThreadID, nil)
	require.Len(t, thread.Messages, 1)
	require.Len(t, thread.Runs, 1)
	assert.Equal(t, "bill", thread.Thread.Title, "the thread keeps its title")
	events := ok[struct{ Events []run.Event }](k, 200, "ann", "GET", "/api/runs/"+a.RunID+"/events?after=0", nil).Events
	require.Len(t, events, 1)
	assert.Empty(t, ok[struct{ Events []run.Event }](k, 200, "ann", "GET", "/api/runs/"+a.RunID+"/events?after=1", nil).Events)
	list := ok[struct{ Runs []run.Run }](k, 200, "ann", "GET", "/api/runs?limit=1", nil)
	require.Len(t, list.Runs, 1)
}

func TestListsOfANewUserAreEmptyArrays(t *testing.T) {
	k := newKit(t)
	for _, list := range []string{"threads", "runs", "datasets"} {
		a := k.call("newcomer", "GET", "/api/"+list, nil)
		assert.JSONEq(t, `{"`+list+`":[]}`, string(a.body))
	}
	ok[any](k, 200, "newcomer", "GET", "/api/account", nil)
}

func TestBadMessagesAreRefusedWithWhatToDo(t *testing.T) {
	k := newKit(t)
	path := "/api/threads/" + k.thread("ann") + "/messages"
	for name, c := range map[string]struct {
		body any
		kind string
	}{
		"no json":            {"hello", "bad_request"},
		"unknown field":      {`{"content":"x","modle":"y"}`, "bad_request"},
		"wrong type":         {`{"content":7}`, "bad_request"},
		"two values":         {`{"content":"x"}{"content":"y"}`, "bad_request"},
		"empty":              {`{"content":" \n\t "}`, "invalid"},
		"no body":            {nil, "bad_request"},
		"50,000 characters":  {map[string]string{"content": strings.Repeat("ü", 50_000)}, "too_large"},
		"over the body":      {map[string]string{"content": strings.Repeat("x", 600<<10)}, "too_large"},
		"too many data sets": {map[string]any{"content": "x", "datasets": strings.Split(strings.Repeat("d,", 11), ",")}, "invalid"},
		"long model":         {map[string]string{"content": "x", "price_model": strings.Repeat("m", 201)}, "invalid"},
		"unknown data set":   {map[string]any{"content": "x", "datasets": []string{"d404"}}, "not_found"},
		"hostile data set":   {map[string]any{"content": "x", "datasets": []string{"../../users/bob"}}, "not_found"},
	} {
		k.refused(c.kind, k.call("ann", "POST", path, c.body))
		assert.Empty(t, k.queue.all, name)
	}
	assert.Empty(t, ok[struct{ Runs []run.Run }](k, 200, "ann", "GET", "/api/runs", nil).Runs)
	ok[accepted](k, 202, "ann", "POST", path, map[string]string{"content": strings.Repeat("ü", 49_999)})
}

func TestOverTheLimitTheAnswerSaysWhenToTryAgain(t *testing.T) {
	k := newKit(t)
	path := "/api/threads/" + k.thread("ann") + "/messages"
	for i, want := range []run.Status{run.Running, run.Queued, run.Queued} {
		a := ok[accepted](k, 202, "ann", "POST", path, map[string]string{"content": "go"})
		assert.Equal(t, want, a.Status)
		assert.Equal(t, i, a.Position)
	}
	a := k.call("ann", "POST", path, map[string]string{"content": "go"})
	p := k.refused("queue_full", a)
	assert.Equal(t, 429, a.status)
	assert.Equal(t, fmt.Sprint(p.RetryAfter), a.header.Get("Retry-After"))
	ok[accepted](k, 202, "bob", "POST", "/api/threads/"+k.thread("bob")+"/messages", map[string]string{"content": "others go on"})
}

func TestMessageIsAcceptedWhenTheQueueIsDown(t *testing.T) {
	k := newKit(t)
	k.queue.refusing = errors.New("internal detail: no queue")
	a := k.message("ann", "go")
	assert.Equal(t, run.Running, a.Status, "the sweeper publishes it")
	assert.Contains(t, k.logs.String(), "message not published yet")
}

func TestLinesOfARequestNameItsRunAndItsUserHashed(t *testing.T) {
	k := newKit(t)
	k.queue.refusing = errors.New("no queue")
	a := k.message("ann", "go")
	for _, message := range []string{"message not published yet", "invocation"} {
		i := strings.LastIndex(k.logs.String(), message)
		require.GreaterOrEqual(t, i, 0)
		line, _, _ := strings.Cut(k.logs.String()[i:], "\n")
		for _, part := range []string{"user", observe.HashUser("ann"), a.RunID, "logging.googleapis.com/trace"} {
			assert.Contains(t, line, part)
		}
	}
	assert.NotContains(t, k.logs.String(), `"ann"`)
}

func TestTokensThatDoNotVerifyAreRefused(t *testing.T) {
	k := newKit(t)
	for _, header := range []string{"", "Bearer", "Bearer forged.token.here", "Basic YW5uOng=", "Bearer token-of-../bob", "Bearer token-of-"} {
		a := k.call("", "GET", "/api/threads", nil, "Authorization", header)
		k.refused("unauthenticated", a)
	}
}

func TestWhoIsNotInvitedIsToldWhomToAskAndLeavesNothing(t *testing.T) {
	k := newKit(t)
	for _, op := range api.Routes() {
		method, path, _ := strings.Cut(op, " ")
		p := k.refused("no_access", k.call("outsider", method, parameter.ReplaceAllString(path, "x"), map[string]any{"title": "t", "content": "c"}))
		assert.Equal(t, http.StatusForbidden, p.Status, op)
		assert.Equal(t, "Ask ops@example.com to let you in.", p.Detail, op)
	}
	threads, err := k.user("outsider").Threads(t.Context(), store.Page{Limit: 10})
	require.NoError(t, err)
	assert.Empty(t, threads)
	assert.Empty(t, k.queue.all)
}

func TestAnotherUsersThingsDoNotExist(t *testing.T) {
	k := newKit(t)
	a := k.message("ann", "go")
	d := ok[dataset](k, 201, "ann", "POST", "/api/datasets/sample", nil)
	k.wait("ann", a.RunID)
	for _, c := range []struct{ method, path string }{
		{"GET", "/api/threads/" + a.ThreadID}, {"PATCH", "/api/threads/" + a.ThreadID}, {"DELETE", "/api/threads/" + a.ThreadID},
		{"POST", "/api/threads/" + a.ThreadID + "/messages"},
		{"GET", "/api/runs/" + a.RunID}, {"GET", "/api/runs/" + a.RunID + "/events"}, {"POST", "/api/runs/" + a.RunID + "/cancel"},
		{"POST", "/api/runs/" + a.RunID + "/continue"}, {"GET", "/api/runs/" + a.RunID + "/artifacts/report.md"},
		{"GET", "/api/datasets/" + d.ID}, {"DELETE", "/api/datasets/" + d.ID}, {"POST", "/api/datasets/" + d.ID + "/complete"},
		{"GET", "/api/runs?before=" + a.RunID},
	} {
		var body any
		switch {
		case strings.HasSuffix(c.path, "/messages"):
			body = map[string]string{"content": "go"}
		case c.method == "PATCH":
			body = map[string]string{"title": "mine"}
		}
		k.refused("not_found", k.call("bob", c.method, c.path, body))
	}
	k.refused("not_found", k.call("bob", "POST", "/api/threads/"+k.thread("bob")+"/messages",
		map[string]any{"content": "go", "datasets": []string{d.ID}}))
	assert.Equal(t, run.Waiting, ok[run.Run](k, 200, "ann", "GET", "/api/runs/"+a.RunID, nil).Status)
	ok[dataset](k, 200, "ann", "GET", "/api/datasets/"+d.ID, nil)
}

func TestHostilePathsAreNotFound(t *testing.T) {
	k := newKit(t)
	for _, path := range []string{
		"/api/runs/..%2f..%2fbob%2fruns%2fr1", "/api/runs/%00", "/api/runs/" + strings.Repeat("r", 500), "/api/runs/__x__",
		"/api/runs/r1/artifacts/..%2f..%2fsecret", "/api/runs/r1/artifacts/%2e%2e", "/api/threads/a%2fb", "/api/datasets/-",
		"/api/nothing", "/etc/passwd", "/api/runs/r1/events?after=0",
	} {
		k.refused("not_found", k.call("ann", "GET", path, nil))
	}
	for _, query := range []string{"limit=0", "limit=201", "limit=x", "limit=-1"} {
		k.refused("invalid", k.call("ann", "GET", "/api/runs?"+query, nil))
	}
	a := k.message("ann", "go")
	for _, query := range []string{"after=-1", "after=x", "after=99999999999999999999"} {
		k.refused("invalid", k.call("ann", "GET", "/api/runs/"+a.RunID+"/events?"+query, nil))
	}
}

func TestMethodThatAnAddressDoesNotTakeIsNamed(t *testing.T) {
	k := newKit(t)
	a := k.call("ann", "PUT", "/api/account", nil)
	k.refused("not_allowed", a)
	assert.Equal(t, "GET, HEAD, DELETE", a.header.Get("Allow"))
	k.refused("not_allowed", k.call("ann", "GET", "/api/runs/r1/cancel", nil))
}

func TestDataRequestIsAnsweredOnce(t *testing.T) {
	k := newKit(t)
	a := k.message("ann", "go")
	run1 := "/api/runs/" + a.RunID
	k.refused("not_waiting", k.call("ann", "POST", run1+"/continue", nil))
	k.wait("ann", a.RunID)
	assert.NotNil(t, ok[run.Run](k, 200, "ann", "GET", run1, nil).Request)
	k.refused("invalid", k.call("ann", "POST", run1+"/data", map[string]any{"datasets": []string{}}))
	k.refused("not_found", k.call("ann", "POST", run1+"/data", map[string]any{"datasets": []string{"d404"}}))
	d := ok[dataset](k, 201, "ann", "POST", "/api/datasets/sample", nil)
	k.refused("invalid", k.call("ann", "POST", run1+"/data", map[string]any{"datasets": []string{d.ID}, "price_model": strings.Repeat("m", 201)}))
	got := ok[accepted](k, 202, "ann", "POST", run1+"/data", map[string]any{"datasets": []string{d.ID}, "price_model": "gpt-4o"})
	assert.Equal(t, run.Running, got.Status)
	again := ok[accepted](k, 202, "ann", "POST", run1+"/data", map[string]any{"datasets": []string{d.ID}, "price_model": "gpt-4o"})
	assert.Equal(t, got, again, "the answer was lost, and there was no key")
	other := ok[dataset](k, 201, "ann", "POST", "/api/datasets/sample", nil)
	k.refused("not_waiting", k.call("ann", "POST", run1+"/data", map[string]any{"datasets": []string{other.ID}}))
	k.refused("not_waiting", k.call("ann", "POST", run1+"/continue", nil))
	r := ok[run.Run](k, 200, "ann", "GET", run1, nil)
	assert.Equal(t, []string{d.ID}, r.Datasets)
	assert.Equal(t, "gpt-4o", r.PriceModel)
}

func TestContinueIsRepeatedWithoutItsKeyWhereverTheRunIs(t *testing.T) {
	k := newKit(t)
	a := k.message("ann", "go")
	k.wait("ann", a.RunID)
	path := "/api/runs/" + a.RunID
	first := ok[accepted](k, 202, "ann", "POST", path+"/continue", nil)
	assert.Equal(t, first, ok[accepted](k, 202, "ann", "POST", path+"/continue", nil))
	events := ok[struct{ Events []run.Event }](k, 200, "ann", "GET", path+"/events", nil).Events
	ok[run.Run](k, 200, "ann", "POST", path+"/cancel", nil)
	assert.Equal(t, first, ok[accepted](k, 202, "ann", "POST", path+"/continue", nil), "also when it has ended meanwhile")
	received := 0
	for _, e := range events {
		if e.Type == run.DataReceived {
			received++
		}
	}
	assert.Equal(t, 1, received)
}

func TestCancelTwiceIsCancel(t *testing.T) {
	k := newKit(t)
	a := k.message("ann", "go")
	for range 2 {
		assert.Equal(t, run.Cancelled, ok[run.Run](k, 200, "ann", "POST", "/api/runs/"+a.RunID+"/cancel", nil).Status)
	}
	k.refused("not_found", k.call("ann", "POST", "/api/runs/r404/cancel", nil))
	k.refused("not_waiting", k.call("ann", "POST", "/api/runs/"+a.RunID+"/continue", nil))
}

func TestFollowUpKeepsTheDataOfTheThread(t *testing.T) {
	k := newKit(t)
	d := ok[dataset](k, 201, "ann", "POST", "/api/datasets/sample", nil)
	path := "/api/threads/" + k.thread("ann") + "/messages"
	first := ok[accepted](k, 202, "ann", "POST", path, map[string]any{"content": "go", "datasets": []string{d.ID}, "price_model": "gpt-4o"})
	second := ok[accepted](k, 202, "ann", "POST", path, map[string]any{"content": "and without batch?"})
	r := ok[run.Run](k, 200, "ann", "GET", "/api/runs/"+second.RunID, nil)
	assert.Equal(t, first.RunID, r.Previous)
	assert.Equal(t, []string{d.ID}, r.Datasets)
	assert.Equal(t, "gpt-4o", r.PriceModel)
}

func TestThreadIsRenamedAndReallyDeleted(t *testing.T) {
	k := newKit(t)
	d := ok[dataset](k, 201, "ann", "POST", "/api/datasets/sample", nil)
	thread := k.thread("ann")
	a := ok[accepted](k, 202, "ann", "POST", "/api/threads/"+thread+"/messages", map[string]any{"content": "go", "datasets": []string{d.ID}})
	renamed := ok[store.Thread](k, 200, "ann", "PATCH", "/api/threads/"+thread, map[string]string{"title": " a\n\u202eb\x07 c "})
	assert.Equal(t, "a b c", renamed.Title, "one line without control characters")
	k.refused("invalid", k.call("ann", "PATCH", "/api/threads/"+thread, map[string]string{"title": "\n"}))

	ok[any](k, 204, "ann", "DELETE", "/api/threads/"+thread, nil)
	for _, path := range []string{"/api/threads/" + thread, "/api/runs/" + a.RunID, "/api/datasets/" + d.ID} {
		k.refused("not_found", k.call("ann", "GET", path, nil))
	}
	slots, err := k.user("ann").Slots(t.Context())
	require.NoError(t, err)
	assert.Empty(t, slots.Value.Running, "the place of the run is free")
	k.refused("not_found", k.call("ann", "DELETE", "/api/threads/"+thread, nil))
}

func TestArtifactsAreServedInASandbox(t *testing.T) {
	k := newKit(t)
	a := k.message("ann", "go")
	u := k.user("ann")
	doc, err := u.Run(t.Context(), a.RunID)
	require.NoError(t, err)
	_, err = u.Apply(t.Context(), store.Change{Runs: []store.RunChange{{Run: doc.Value, Version: doc.Version, Artifacts: []store.Artifact{
		{Name: "report.html", MediaType: "text/html; charset=utf-8", Body: []byte("<script>alert(1)</script>")},
		{Name: "empty.txt", MediaType: "text/plain"},
		{Name: "gone.json", MediaType: "application/json", Object: "runs/x/gone.json"}}}}})
	require.NoError(t, err)
	path := "/api/runs/" + a.RunID + "/artifacts/"
	html := k.call("ann", "GET", path+"report.html", nil)
	assert.Equal(t, "<script>alert(1)</script>", string(html.body))
	assert.Equal(t, "text/html; charset=utf-8", html.header.Get("Content-Type"))
	assert.Contains(t, html.header.Get("Content-Security-Policy"), "default-src 'none'")
	assert.Contains(t, html.header.Get("Content-Security-Policy"), "sandbox")
	assert.Equal(t, "nosniff", html.header.Get("X-Content-Type-Options"))
	assert.Equal(t, "no-store", html.header.Get("Cache-Control"))
	empty := k.call("ann", "GET", path+"empty.txt", nil)
	assert.Equal(t, 200, empty.status)
	assert.Empty(t, empty.body)
	k.refused("not_found", k.call("ann", "GET", path+"gone.json", nil))
	k.refused("not_found", k.call("ann", "GET", path+"other", nil))
}

func TestOnlyTheConsoleMayCallFromABrowser(t *testing.T) {
	k := newKit(t)
	pre := k.call("", "OPTIONS", "/api/threads", nil, "Origin", consoleOrigin, "Access-Control-Request-Method", "POST")
	assert.Equal(t, 204, pre.status)
	assert.Equal(t, consoleOrigin, pre.header.Get("Access-Control-Allow-Origin"))
	for _, method := range []string{"GET", "POST", "PATCH", "PUT", "DELETE"} {
		assert.Contains(t, pre.header.Get("Access-Control-Allow-Methods"), method)
	}
	for _, name := range []string{"Authorization", "Content-Type", "Idempotency-Key"} {
		assert.Contains(t, pre.header.Get("Access-Control-Allow-Headers"), name)
	}
	for _, origin := range []string{"", "https://evil.example", consoleOrigin + ".evil.example", "null", "http://console.example"} {
		a := k.call("ann", "GET", "/api/threads", nil, "Origin", origin)
		assert.Empty(t, a.header.Get("Access-Control-Allow-Origin"), origin)
		assert.Equal(t, "Origin", a.header.Get("Vary"))
	}
	problem := k.call("", "GET", "/api/threads", nil, "Origin", consoleOrigin)
	assert.Equal(t, consoleOrigin, problem.header.Get("Access-Control-Allow-Origin"), "a console reads problems too")
}

func TestMetricsAreInPrometheusFormat(t *testing.T) {
	k := newKit(t)
	k.message("ann", "go")
	b := k.message("bob", "go")
	k.wait("bob", b.RunID)
	k.call("ann", "POST", "/api/runs/"+b.RunID+"/cancel", nil)
	k.call("bob", "POST", "/api/runs/"+b.RunID+"/cancel", nil)
	a := k.call("", "GET", "/api/metrics", nil)
	require.Equal(t, 200, a.status)
	var parser expfmt.TextParser
	families, err := parser.TextToMetricFamilies(strings.NewReader(string(a.body)))
	require.NoError(t, err, "%s", a.body)
	accepted := families["netra_runs_accepted_total"]
	require.NotNil(t, accepted)
	assert.InDelta(t, 2, accepted.GetMetric()[0].GetCounter().GetValue(), 0)
	duration := families["netra_stage_duration_seconds"].GetMetric()[0].GetHistogram()
	require.NotNil(t, duration)
	assert.EqualValues(t, 1, duration.GetSampleCount())
	ended := families["netra_runs_ended_total"].GetMetric()
	require.Len(t, ended, 1)
	assert.InDelta(t, 1, ended[0].GetCounter().GetValue(), 0, "another user's cancel counts nothing")
}

func TestHealthTellsWhatIsDown(t *testing.T) {
	k := newKit(t)
	type health struct {
		Status string
		Checks []struct{ Name, Status, Reason string }
	}
	for _, path := range []string{"/health", "/health/live", "/health/ready"} {
		assert.Equal(t, "ok", ok[health](k, 200, "", "GET", path, nil).Status, path)
	}
	k.down.err = errors.New("internal detail: password is hunter2")
	for _, path := range []string{"/health", "/health/ready"} {
		down := ok[health](k, http.StatusServiceUnavailable, "", "GET", path, nil)
		assert.Equal(t, "down", down.Status)
		require.Len(t, down.Checks, 2)
		assert.Equal(t, "ok", down.Checks[0].Status)
		assert.Equal(t, "answered with an error", down.Checks[1].Reason, "and no internal message")
	}
	assert.Equal(t, "ok", ok[health](k, 200, "", "GET", "/health/live", nil).Status, "the process itself lives")
}

func TestRunsAreKeptAsLongAsThePlanSays(t *testing.T) {
	k := newKit(t)
	a := k.message("ann", "go")
	r := ok[run.Run](k, 200, "ann", "GET", "/api/runs/"+a.RunID, nil)
	assert.WithinDuration(t, r.CreatedAt.Add(7*24*time.Hour), r.ExpireAt, time.Minute)
}
