package connector

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

// SecretPrefix begins the name of every secret that holds a user's credential.
// The deployment's right to read such secrets ends with it (infra/secrets.tf).
const SecretPrefix = "netra-source-"

// secretID is what Secret Manager takes as the name of a secret.
var secretID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

// Secret is the name of the secret with a user's credential for the source. ok is
// false for a uid that cannot be a part of a secret's name: such a user cannot
// store a credential.
func (k Kind) Secret(uid string) (name string, ok bool) {
	name = SecretPrefix + string(k) + "-" + uid
	return name, uid != "" && secretID.MatchString(name)
}

// Needs says what the secret must hold, in words for the user.
func (k Kind) Needs() string {
	switch k {
	case OpenAI:
		return "an admin key of the organisation (platform.openai.com, Organization, Admin keys)"
	case Anthropic:
		return "an Admin API key (Claude Console, Settings, Admin keys)"
	case Langfuse:
		return "the project's keys as PUBLIC:SECRET, or for your own server {\"credential\":\"PUBLIC:SECRET\",\"base_url\":\"https://...\"}"
	case LiteLLM:
		return "{\"credential\":\"sk-...\",\"base_url\":\"https://...\"} with an admin key and the address of the proxy"
	case Helicone:
		return "an API key with read access (helicone.ai, Settings, API keys); for the EU region {\"credential\":\"sk-...\",\"base_url\":\"https://eu.api.helicone.ai\"}"
	case BigQuery:
		return "{\"credential\":KEY,\"table\":\"project.dataset.table\"}, where KEY is the JSON key of a service account that may run queries and read the table"
	}
	return "a key that may read the usage"
}

// queryScope lets a service account run queries and nothing beyond BigQuery.
const queryScope = "https://www.googleapis.com/auth/bigquery"

// token is the credential as the source takes it. For BigQuery the JSON key of a
// service account becomes an access token; everything else is used as it is.
func (c *Client) token(ctx context.Context, r Request) (string, error) {
	if r.Kind != BigQuery || r.Credential[0] != '{' {
		return r.Credential, nil
	}
	config, err := google.JWTConfigFromJSON([]byte(r.Credential), queryScope)
	if err != nil {
		return "", fmt.Errorf("%w: it is not the JSON key of a service account", ErrRefused)
	}
	token, err := config.TokenSource(context.WithValue(ctx, oauth2.HTTPClient, c.http)).Token()
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused):
		return "", ErrRefused
	case errors.Is(err, errPrivate):
		return "", errPrivate
	case err != nil:
		return "", fmt.Errorf("sign in to BigQuery: %w", withoutURL(err))
	}
	return token.AccessToken, nil
}
