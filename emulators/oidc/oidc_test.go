package oidc_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/oidc"
)

func served(t *testing.T, s *oidc.Signer) jose.JSONWebKeySet {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	require.Equal(t, http.StatusOK, w.Code)
	var keys jose.JSONWebKeySet
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &keys))
	return keys
}

func TestTokensVerifyWithTheServedKeys(t *testing.T) {
	s, err := oidc.NewSigner()
	require.NoError(t, err)
	raw, err := s.Token("https://netra.test", "push@netra.test")
	require.NoError(t, err)

	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256})
	require.NoError(t, err)
	var standard jwt.Claims
	var more struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	require.NoError(t, token.Claims(served(t, s), &standard, &more))
	assert.NoError(t, standard.Validate(jwt.Expected{Issuer: oidc.Issuer, AnyAudience: jwt.Audience{"https://netra.test"}, Time: time.Now()}))
	assert.Equal(t, "push@netra.test", more.Email)
	assert.True(t, more.Verified)
}

func TestAnotherSignersTokenDoesNotVerify(t *testing.T) {
	ours, err := oidc.NewSigner()
	require.NoError(t, err)
	theirs, err := oidc.NewSigner()
	require.NoError(t, err)
	raw, err := theirs.Token("a", "e")
	require.NoError(t, err)
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256})
	require.NoError(t, err)
	assert.Error(t, token.Claims(served(t, ours), &jwt.Claims{}))
}

func TestTokensAreReusedPerAudienceAndAccount(t *testing.T) {
	s, err := oidc.NewSigner()
	require.NoError(t, err)
	token := func(audience, email string) string {
		raw, err := s.Token(audience, email)
		require.NoError(t, err)
		return raw
	}
	assert.Equal(t, token("a", "e"), token("a", "e"))
	assert.NotEqual(t, token("a", "e"), token("b", "e"))
	assert.NotEqual(t, token("a", "e"), token("a", "f"))
}

func TestTheKeySetIsReadOnly(t *testing.T) {
	s, err := oidc.NewSigner()
	require.NoError(t, err)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	assert.Equal(t, http.StatusMethodNotAllowed, w.Code)
}
