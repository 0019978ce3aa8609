package lambda_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	runtime "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-lambda-go/lambdaurl"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/lambda"
)

// TestMain is also the bootstrap: under a Runtime API this binary serves
// bootstrap through AWS's own library.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv("AWS_LAMBDA_RUNTIME_API") == "":
		os.Exit(m.Run())
	case os.Getenv("BOOTSTRAP") == "broken":
		fmt.Println("no settings")
		os.Exit(1)
	case os.Getenv("BOOTSTRAP") == "buffered":
		runtime.Start(func(context.Context) (map[string]any, error) {
			return map[string]any{"statusCode": 201, "body": "aGk=", "isBase64Encoded": true, "headers": map[string]string{"x-a": "b"}, "cookies": []string{"c=d"}}, nil
		})
	default:
		lambdaurl.Start(http.HandlerFunc(bootstrap))
	}
}

// bootstrap does what the path says.
func bootstrap(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/echo":
		body, _ := io.ReadAll(r.Body)
		cookie, _ := r.Cookie("session")
		w.Header().Set("X-Host", r.Host)
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintf(w, "%s %s %s %s %x", r.Method, r.URL.RawQuery, r.Header.Get("Authorization"), cookie.Value, body)
	case "/pid":
		fmt.Fprint(w, os.Getpid())
	case "/deadline":
		deadline, _ := r.Context().Deadline()
		found, _ := lambdacontext.FromContext(r.Context())
		fmt.Fprintf(w, "%v %s %s", time.Until(deadline) > 0, found.InvokedFunctionArn, os.Getenv("_X_AMZN_TRACE_ID"))
	case "/stream":
		fmt.Fprint(w, "first")
		_ = http.NewResponseController(w).Flush()
		for !exists(r.URL.Query().Get("until")) {
			time.Sleep(time.Millisecond)
		}
		fmt.Fprint(w, " second")
	case "/wait":
		until := r.URL.Query().Get("until")
		_ = os.WriteFile(until+"."+strconv.Itoa(os.Getpid()), nil, 0o600)
		for !exists(until) {
			time.Sleep(time.Millisecond)
		}
		fmt.Fprint(w, os.Getpid())
	case "/exit":
		os.Exit(3)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func start(t *testing.T, c lambda.Config, env ...string) *lambda.Function {
	t.Helper()
	c.Name, c.Program, c.LogDir, c.Env = "stage", os.Args[0], t.TempDir(), append(os.Environ(), env...)
	c.InitTimeout, c.Hold = time.Minute, time.Minute
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	f, err := lambda.New(c)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, f.Stop()) })
	require.NoError(t, f.Start(t.Context()))
	return f
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

func TestARequestReachesTheHandlerWhole(t *testing.T) {
	f := start(t, lambda.Config{})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.URL()+"/echo?a=1&b=2", strings.NewReader("\xff\x00body"))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer x")
	request.AddCookie(&http.Cookie{Name: "session", Value: "s"})
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusAccepted, response.StatusCode)
	assert.Equal(t, "POST a=1&b=2 Bearer x s ff00626f6479", string(text))
	assert.Equal(t, strings.TrimPrefix(f.URL(), "http://"), response.Header.Get("X-Host"))
}

func TestTheHandlerKnowsItsDeadlineNameAndTrace(t *testing.T) {
	_, text := get(t, start(t, lambda.Config{}).URL()+"/deadline")
	assert.Regexp(t, `^true arn:aws:lambda:us-east-1:0+:function:stage Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$`, text)
}

func TestABufferedAnswerIsDecoded(t *testing.T) {
	f := start(t, lambda.Config{}, "BOOTSTRAP=buffered")
	response, err := http.Get(f.URL())
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, "hi", string(text))
	assert.Equal(t, http.StatusCreated, response.StatusCode)
	assert.Equal(t, "b", response.Header.Get("X-A"))
	assert.Equal(t, "d", response.Cookies()[0].Value)
}

func TestAnAnswerStreams(t *testing.T) {
	f := start(t, lambda.Config{})
	until := filepath.Join(t.TempDir(), "until")
	response, err := http.Get(f.URL() + "/stream?until=" + until)
	require.NoError(t, err)
	defer response.Body.Close()
	first := make([]byte, 5)
	_, err = io.ReadFull(response.Body, first)
	require.NoError(t, err)
	assert.Equal(t, "first", string(first), "before the handler has ended")
	require.NoError(t, os.WriteFile(until, nil, 0o600))
	rest, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, " second", string(rest))
}

func TestAProcessIsReusedUntilItIsKilled(t *testing.T) {
	f := start(t, lambda.Config{})
	_, first := get(t, f.URL()+"/pid")
	_, second := get(t, f.URL()+"/pid")
	assert.Equal(t, first, second)
	assert.Len(t, f.Starts(), 1)
	require.NoError(t, f.Kill())
	_, third := get(t, f.URL()+"/pid")
	assert.NotEqual(t, first, third)
	assert.Len(t, f.Starts(), 2, "a cold start")
	now, peak, err := f.Memory()
	require.NoError(t, err)
	assert.Positive(t, now)
	assert.GreaterOrEqual(t, peak, now)
	cpu, err := f.CPU()
	require.NoError(t, err)
	assert.Positive(t, cpu)
}

func TestRequestsAtOnceHaveAProcessEachUpToTheConcurrency(t *testing.T) {
	f := start(t, lambda.Config{Concurrency: 2})
	until := filepath.Join(t.TempDir(), "until")
	pids := make(chan string, 3)
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			_, text := get(t, f.URL()+"/wait?until="+until)
			pids <- text
		})
	}
	require.Eventually(t, func() bool {
		busy, err := filepath.Glob(until + ".*")
		return err == nil && len(busy) == 2
	}, time.Minute, 5*time.Millisecond)
	require.NoError(t, os.WriteFile(until, nil, 0o600))
	group.Wait()
	close(pids)
	distinct := map[string]bool{}
	for pid := range pids {
		distinct[pid] = true
	}
	assert.Len(t, distinct, 2, "the third waited for one of two processes")
}

func TestFailuresAreAnsweredAndTheNextRequestWorks(t *testing.T) {
	for name, c := range map[string]struct {
		path    string
		timeout time.Duration
		status  int
	}{
		"timeout": {"/wait?until=/nowhere/ever", time.Second, http.StatusGatewayTimeout},
		"exit":    {"/exit", time.Minute, http.StatusBadGateway},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, lambda.Config{Timeout: c.timeout})
			_, before := get(t, f.URL()+"/pid")
			status, _ := get(t, f.URL()+c.path)
			assert.Equal(t, c.status, status)
			_, after := get(t, f.URL()+"/pid")
			assert.NotEqual(t, before, after, "the process was replaced")
		})
	}
}

func TestTooMuchIsRefused(t *testing.T) {
	f := start(t, lambda.Config{})
	response, err := http.Post(f.URL()+"/echo", "text/plain", strings.NewReader(strings.Repeat("x", 6<<20+1)))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode)
}

func TestAProgramThatCannotStartIsToldOf(t *testing.T) {
	f, err := lambda.New(lambda.Config{Name: "stage", Program: os.Args[0], LogDir: t.TempDir(), Env: append(os.Environ(), "BOOTSTRAP=broken")})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, f.Stop()) })
	err = f.Start(t.Context())
	assert.ErrorContains(t, err, "ended before it asked for work")
	assert.ErrorContains(t, err, "no settings")
}
