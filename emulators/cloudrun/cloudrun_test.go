package cloudrun_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/cloudrun"
)

// TestMain is also the function: with SERVE set this binary serves one.
func TestMain(m *testing.M) {
	switch os.Getenv("SERVE") {
	case "":
		os.Exit(m.Run())
	case "broken":
		fmt.Println("no settings")
		os.Exit(1)
	}
	fmt.Println(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), http.HandlerFunc(serve)))
	os.Exit(1)
}

// serve does what the path says.
func serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/echo":
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s %s", r.Method, r.URL.RawQuery, r.Host, body)
	case "/pid":
		fmt.Fprint(w, os.Getpid())
	case "/wait":
		_ = os.WriteFile(r.URL.Query().Get("id"), nil, 0o600)
		for !exists(r.URL.Query().Get("until")) {
			time.Sleep(time.Millisecond)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func create(t *testing.T, c cloudrun.Config) *cloudrun.Service {
	t.Helper()
	c.Name, c.Program, c.LogDir = "stage", os.Args[0], t.TempDir()
	if c.Env == nil {
		c.Env = append(os.Environ(), "SERVE=yes")
	}
	if c.Hold == 0 {
		c.Hold = time.Minute
	}
	s, err := cloudrun.New(c)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Stop()) })
	return s
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

func TestARequestThatComesBeforeTheInstanceIsHeld(t *testing.T) {
	s := create(t, cloudrun.Config{})
	answer := make(chan string)
	go func() {
		response, err := http.Post(s.URL()+"/echo?a=1", "text/plain", strings.NewReader("body"))
		if !assert.NoError(t, err) {
			return
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		assert.NoError(t, err)
		answer <- string(text)
	}()
	require.NoError(t, s.Start(t.Context()))
	assert.Equal(t, "POST a=1 "+strings.TrimPrefix(s.URL(), "http://")+" body", <-answer)
}

func TestAKilledInstanceIsReplacedAtTheSameURL(t *testing.T) {
	s := create(t, cloudrun.Config{})
	require.NoError(t, s.Start(t.Context()))
	url := s.URL()
	_, before := get(t, url+"/pid")
	require.NoError(t, s.Kill())
	status, after := get(t, url+"/pid")
	assert.Equal(t, http.StatusOK, status)
	assert.NotEqual(t, before, after)
	require.NoError(t, s.Restart(t.Context()))
	_, last := get(t, url+"/pid")
	assert.NotEqual(t, after, last)
	assert.Len(t, s.Starts(), 3)
	now, _, err := s.Memory()
	require.NoError(t, err)
	assert.Positive(t, now)
}

func TestARequestUnderWayFailsWhenTheInstanceIsKilled(t *testing.T) {
	s := create(t, cloudrun.Config{})
	require.NoError(t, s.Start(t.Context()))
	id := filepath.Join(t.TempDir(), "id")
	status := make(chan int)
	go func() {
		got, _ := get(t, s.URL()+"/wait?until=/nowhere/ever&id="+id)
		status <- got
	}()
	require.Eventually(t, func() bool { return exists(id) }, time.Minute, time.Millisecond)
	require.NoError(t, s.Kill())
	assert.Equal(t, http.StatusServiceUnavailable, <-status)
}

func TestNoMoreRequestsReachTheInstanceThanAllowed(t *testing.T) {
	s := create(t, cloudrun.Config{InFlight: 2})
	require.NoError(t, s.Start(t.Context()))
	dir := t.TempDir()
	until := filepath.Join(dir, "until")
	var group sync.WaitGroup
	for i := range 3 {
		group.Go(func() {
			status, _ := get(t, fmt.Sprintf("%s/wait?until=%s&id=%s/busy.%d", s.URL(), until, dir, i))
			assert.Equal(t, http.StatusOK, status)
		})
	}
	busy := func() int {
		found, err := filepath.Glob(dir + "/busy.*")
		require.NoError(t, err)
		return len(found)
	}
	require.Eventually(t, func() bool { return busy() == 2 }, time.Minute, time.Millisecond)
	require.NoError(t, os.WriteFile(until, nil, 0o600))
	group.Wait()
	assert.Equal(t, 3, busy())
}

func TestWhatCloudRunAnswersItself(t *testing.T) {
	t.Run("429 without a free instance", func(t *testing.T) {
		s := create(t, cloudrun.Config{Hold: 2 * time.Second})
		require.NoError(t, s.Start(t.Context()))
		dir := t.TempDir()
		until := filepath.Join(dir, "until")
		var group sync.WaitGroup
		group.Go(func() { get(t, s.URL()+"/wait?until="+until+"&id="+dir+"/busy") })
		require.Eventually(t, func() bool { return exists(dir + "/busy") }, time.Minute, time.Millisecond)
		status, text := get(t, s.URL()+"/pid")
		assert.Equal(t, http.StatusTooManyRequests, status, text)
		require.NoError(t, os.WriteFile(until, nil, 0o600))
		group.Wait()
	})
	t.Run("503 without a ready one", func(t *testing.T) {
		s := create(t, cloudrun.Config{Hold: 10 * time.Millisecond})
		status, text := get(t, s.URL()+"/pid")
		assert.Equal(t, http.StatusServiceUnavailable, status, text)
	})
	t.Run("504 after the timeout", func(t *testing.T) {
		s := create(t, cloudrun.Config{Timeout: 50 * time.Millisecond})
		require.NoError(t, s.Start(t.Context()))
		status, text := get(t, s.URL()+"/wait?until=/nowhere/ever")
		assert.Equal(t, http.StatusGatewayTimeout, status, text)
	})
}

func TestAProgramThatCannotStartIsToldOf(t *testing.T) {
	s := create(t, cloudrun.Config{Env: append(os.Environ(), "SERVE=broken")})
	err := s.Start(t.Context())
	assert.ErrorContains(t, err, "ended before it was ready")
	assert.ErrorContains(t, err, "no settings")
}

func TestAnInstanceThatIsSlowToStartIsGivenUp(t *testing.T) {
	s := create(t, cloudrun.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, s.Start(ctx), context.Canceled)
}
