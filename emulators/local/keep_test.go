package local_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/local"
)

// threads asks the cloud's api with the demo user's token, and returns the titles.
func threads(t *testing.T, cloud *local.Cloud, method, body string) (titles []string) {
	t.Helper()
	token, err := cloud.Token("demo")
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), method, cloud.URL("api")+"/api/threads", bytes.NewBufferString(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Less(t, response.StatusCode, 300)
	var answer struct{ Threads []struct{ Title string } }
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	for _, thread := range answer.Threads {
		titles = append(titles, thread.Title)
	}
	return titles
}

func TestAKeptCloudGoesOnWithItsDocuments(t *testing.T) {
	options := local.Options{Binary: build(t, "netra/functions/cmd/cloudrun") + "/cloudrun", Dir: t.TempDir(),
		Functions: []string{"api"}, ProjectID: "demo-kept", Keep: true}
	cloud, err := local.Start(t.Context(), options)
	require.NoError(t, err)
	assert.Empty(t, threads(t, cloud, http.MethodGet, ""))
	threads(t, cloud, http.MethodPost, `{"title":"our bill"}`)
	require.NoError(t, cloud.Stop())

	again, err := local.Start(t.Context(), options)
	require.NoError(t, err)
	assert.Equal(t, []string{"our bill"}, threads(t, again, http.MethodGet, ""))
	require.NoError(t, again.Stop())

	options.Keep = false
	fresh, err := local.Start(t.Context(), options)
	require.NoError(t, err)
	assert.Empty(t, threads(t, fresh, http.MethodGet, ""), "without Keep nothing is read")
	require.NoError(t, fresh.Stop())

	options.Keep, options.Dir = true, ""
	_, err = local.Start(t.Context(), options)
	assert.ErrorContains(t, err, "there must be a folder")
}
