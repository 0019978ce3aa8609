package queue

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
)

// googleKeys are the keys that sign the OIDC tokens of Pub/Sub and Scheduler:
// https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
const googleKeys = "https://www.googleapis.com/oauth2/v3/certs"

const googleIssuer = "https://accounts.google.com"

// ErrToken means that a push does not prove who sent it.
var ErrToken = errors.New("queue: the push token is missing or wrong")

// TokenChecker checks the OIDC token of a push. Cloud Run checks it too; on
// Lambda this check is the only one.
type TokenChecker struct {
	verifier *oidc.IDTokenVerifier
	account  string
}

// NewTokenChecker expects tokens for the audience from the service account.
// keysURL names another key set than Google's, "" for Google's.
func NewTokenChecker(ctx context.Context, audience, account, keysURL string) *TokenChecker {
	if keysURL == "" {
		keysURL = googleKeys
	}
	keys := oidc.NewRemoteKeySet(ctx, keysURL)
	return &TokenChecker{
		verifier: oidc.NewVerifier(googleIssuer, keys, &oidc.Config{ClientID: audience}),
		account:  account,
	}
}

// Check returns ErrToken unless the request carries a valid token. A nil
// checker accepts everything.
func (c *TokenChecker) Check(r *http.Request) error {
	if c == nil {
		return nil
	}
	raw, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return fmt.Errorf("%w: no bearer token", ErrToken)
	}
	token, err := c.verifier.Verify(r.Context(), raw)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrToken, err)
	}
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := token.Claims(&claims); err != nil {
		return fmt.Errorf("%w: %v", ErrToken, err)
	}
	if c.account != "" && (claims.Email != c.account || !claims.Verified) {
		return fmt.Errorf("%w: sent by another account", ErrToken)
	}
	return nil
}
