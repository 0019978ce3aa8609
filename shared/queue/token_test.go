package queue_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/oidc"
	"netra/shared/queue"
)

const (
	audience = "https://triage.example"
	account  = "netra-push@p.iam.gserviceaccount.com"
)

func TestPushTokensAreCheckedAgainstTheirKeys(t *testing.T) {
	signer, err := oidc.NewSigner()
	require.NoError(t, err)
	stranger, err := oidc.NewSigner()
	require.NoError(t, err)
	keys := httptest.NewServer(signer)
	t.Cleanup(keys.Close)
	checker := queue.NewTokenChecker(t.Context(), audience, account, keys.URL)
	now := time.Now()
	sign := func(s *oidc.Signer, at time.Time, aud, email string) string {
		token, err := s.TokenAt(at, aud, email)
		require.NoError(t, err)
		return "Bearer " + token
	}
	for name, c := range map[string]struct {
		header string
		good   bool
	}{
		"right":                {sign(signer, now, audience, account), true},
		"none":                 {"", false},
		"no bearer":            {"Basic x", false},
		"garbage":              {"Bearer a.b.c", false},
		"another audience":     {sign(signer, now, "https://report.example", account), false},
		"another account":      {sign(signer, now, audience, "other@p.iam.gserviceaccount.com"), false},
		"expired":              {sign(signer, now.Add(-2*time.Hour), audience, account), false},
		"signed by a stranger": {sign(stranger, now, audience, account), false},
		"nobody signed":        {"Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2FjY291bnRzLmdvb2dsZS5jb20ifQ.", false},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Authorization", c.header)
		if err := checker.Check(r); c.good {
			assert.NoError(t, err, name)
		} else {
			assert.ErrorIs(t, err, queue.ErrToken, name)
		}
	}
	var unchecked *queue.TokenChecker
	assert.NoError(t, unchecked.Check(httptest.NewRequest(http.MethodPost, "/", nil)), "where the platform alone checks")
}
