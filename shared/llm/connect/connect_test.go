package connect_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/llm"
	"netra/shared/llm/connect"
)

func TestModelsAreAskedInTurnAndAFailingOneIsLeftAlone(t *testing.T) {
	asked := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		name := "small"
		if strings.Contains(string(body), `"model":"big"`) {
			name = "big"
		}
		asked[name]++
		if name == "big" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, `{"choices":[{"message":{"content":"small speaks"}}]}`)
	}))
	defer server.Close()
	model, err := connect.Model(t.Context(), connect.Settings{Models: "big, small", Endpoint: server.URL}, time.Now)
	require.NoError(t, err)
	for range 5 {
		got, err := model.Generate(t.Context(), llm.Request{})
		require.NoError(t, err)
		assert.Equal(t, "small speaks", got.Text)
	}
	assert.Equal(t, map[string]int{"big": 3, "small": 5}, asked)
}

func TestWithoutANameThereIsNoModel(t *testing.T) {
	for _, names := range []string{"", " , "} {
		model, err := connect.Model(t.Context(), connect.Settings{Models: names}, time.Now)
		require.NoError(t, err)
		assert.Nil(t, model)
	}
}

func TestALazyModelReadsItsKeyWhenItIsAskedAndTakesUpANewOne(t *testing.T) {
	var keys []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Authorization"))
		io.WriteString(w, `{"choices":[{"message":{"content":"hi"}}]}`)
	}))
	defer server.Close()
	key, reads := "first", 0
	read := func(context.Context) (string, error) { reads++; return key, nil }
	model := connect.Lazy(connect.Settings{Models: "m", Endpoint: server.URL}, read, time.Now)
	assert.Zero(t, reads)
	for _, key = range []string{"first", "first", "rotated"} {
		_, err := model.Generate(t.Context(), llm.Request{})
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"Bearer first", "Bearer first", "Bearer rotated"}, keys)

	broken := connect.Lazy(connect.Settings{Models: "m", Endpoint: server.URL}, func(context.Context) (string, error) { return "", errors.New("denied") }, time.Now)
	_, err := broken.Generate(t.Context(), llm.Request{})
	assert.ErrorIs(t, err, llm.ErrUnavailable)
	assert.Nil(t, connect.Lazy(connect.Settings{}, read, time.Now))
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	_, err := connect.Model(t.Context(), connect.Settings{Models: "m", Endpoint: "http://models.example"}, time.Now)
	assert.ErrorContains(t, err, "https")
	_, err = connect.Model(t.Context(), connect.Settings{Models: "gemini-2.5-flash"}, time.Now)
	assert.ErrorContains(t, err, "key")
}
