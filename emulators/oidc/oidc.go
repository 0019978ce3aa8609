// Package oidc signs tokens as Google does for a Pub/Sub push, a Cloud
// Scheduler job or a call between services, with a key of its own, and serves
// the public half as a JSON Web Key Set. The claims are those of
// https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions.
package oidc

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Issuer is the issuer of Google's own tokens.
const Issuer = "https://accounts.google.com"

// lifetime is that of Google's tokens; one is used again for half of it.
const lifetime = time.Hour

// Signer signs tokens with one key. It is safe for concurrent use.
type Signer struct {
	signer jose.Signer
	keys   []byte

	mu    sync.Mutex
	cache map[claims]cached
}

type claims struct{ audience, email string }

type cached struct {
	token  string
	signed time.Time
}

// NewSigner makes a signer with a fresh key.
func NewSigner() (*Signer, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	key := jose.JSONWebKey{Key: private, KeyID: rand.Text(), Algorithm: string(jose.RS256), Use: "sig"}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("make a signer: %w", err)
	}
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}})
	if err != nil {
		return nil, fmt.Errorf("write the public key: %w", err)
	}
	return &Signer{signer: signer, keys: keys, cache: map[claims]cached{}}, nil
}

// Token is a signed token of the service account for the audience, valid for
// at least half an hour more.
func (s *Signer) Token(audience, email string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, key := time.Now(), claims{audience, email}
	if c, ok := s.cache[key]; ok && now.Sub(c.signed) < lifetime/2 {
		return c.token, nil
	}
	token, err := s.TokenAt(now, audience, email)
	if err == nil {
		s.cache[key] = cached{token, now}
	}
	return token, err
}

// TokenAt is a token signed at the given time; an hour later it has expired.
func (s *Signer) TokenAt(now time.Time, audience, email string) (string, error) {
	token, err := jwt.Signed(s.signer).Claims(jwt.Claims{
		Issuer: Issuer, Subject: "1",
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(lifetime)),
	}).Claims(map[string]any{"aud": audience, "azp": "1", "email": email, "email_verified": true}).Serialize()
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return token, nil
}

// ServeHTTP answers every GET with the key set, as
// https://www.googleapis.com/oauth2/v3/certs does.
func (s *Signer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		http.Error(w, "the key set is only read", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = w.Write(s.keys) // the client is gone if this fails
}
