package connector_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/connector"
)

const accountKey = `{"type":"service_account","client_email":"a@b.iam.gserviceaccount.com","private_key":"x","token_uri":"https://oauth2.googleapis.com/token"}`

func TestAStoredKeyMayBeAnObject(t *testing.T) {
	a := connector.ParseAccess(`{"credential":` + accountKey + `,"table":"p.d.t"}`)
	assert.JSONEq(t, accountKey, a.Credential.Text())
	assert.Equal(t, "p.d.t", a.Table)
	for stored, want := range map[string]string{"sk-1": "sk-1", " sk-1\n": "sk-1", "123": "123", `{"credential":"sk-1"}`: "sk-1",
		"pk:sk": "pk:sk", accountKey: accountKey, `"sk-1"`: `"sk-1"`, `{"credential":null}`: ""} {
		assert.Equal(t, want, connector.ParseAccess(stored).Credential.Text(), stored)
	}
}

func TestWhatIsStoredIsReadBackAsItWasGiven(t *testing.T) {
	for _, given := range []connector.Access{
		{Credential: connector.NewKey("sk-1")},
		{Credential: connector.NewKey("sk-1"), BaseURL: "https://x.example"},
		{Credential: connector.NewKey(accountKey)},
		{Credential: connector.NewKey(accountKey), Table: "project.d.t"},
	} {
		stored, err := given.Stored()
		require.NoError(t, err)
		got := connector.ParseAccess(stored)
		assert.Equal(t, given.Credential.Text(), got.Credential.Text())
		assert.Equal(t, [2]string{given.BaseURL, given.Table}, [2]string{got.BaseURL, got.Table})
	}
}

func TestWhatSecretManagerWouldHoldMayBePasted(t *testing.T) {
	whole := connector.Access{Credential: connector.NewKey(`{"credential":"sk-1","base_url":"https://x.example"}`)}.Whole()
	assert.Equal(t, "sk-1", whole.Credential.Text())
	assert.Equal(t, "https://x.example", whole.BaseURL)
	assert.Equal(t, "sk-1", connector.Access{Credential: connector.NewKey(" sk-1\n"), BaseURL: "https://x.example"}.Whole().Credential.Text())
}

func TestKeyIsNotShownByAccident(t *testing.T) {
	key := connector.NewKey("sk-admin-1")
	for _, shown := range []string{fmt.Sprint(key), fmt.Sprintf("%v", connector.Access{Credential: key}), key.LogValue().String()} {
		assert.NotContains(t, shown, "sk-admin-1")
	}
	raw, err := json.Marshal(connector.Access{Credential: key})
	require.NoError(t, err)
	assert.JSONEq(t, `{"credential":"sk-admin-1"}`, string(raw))
}

func TestCredentialOfTheWrongShapeIsToldWhatItLooksLike(t *testing.T) {
	access := func(key string, more ...string) connector.Access {
		a := connector.Access{Credential: connector.NewKey(key)}
		for _, m := range more {
			if strings.Contains(m, "://") {
				a.BaseURL = m
			} else {
				a.Table = m
			}
		}
		return a
	}
	for _, c := range []struct {
		kind  connector.Kind
		given connector.Access
		wants string // "" for nothing wrong
	}{
		{connector.OpenAI, access("sk-admin-1"), ""},
		{connector.OpenAI, access("sk-proj-1"), "sk-admin-"},
		{connector.OpenAI, access("sk-admin-"), "sk-admin-"},
		{connector.OpenAI, access("of-a-gateway", "http://127.0.0.1:1"), ""},
		{connector.OpenAI, access(""), "is missing"},
		{connector.OpenAI, access(" "), "is missing"},
		{connector.OpenAI, connector.Access{}, "is missing"},
		{connector.OpenAI, access("sk-admin-1 2"), "without spaces"},
		{connector.OpenAI, access("sk-admin-1\n2"), "without spaces"},
		{connector.OpenAI, access("sk-admin-ü"), "without spaces"},
		{connector.OpenAI, access("sk-admin-1", "ftp://x"), "is a URL"},
		{connector.OpenAI, access("sk-admin-1", "https://"), "is a URL"},
		{connector.OpenAI, access("sk-admin-1", "http://gateway.example"), "is a URL of https"},
		{connector.OpenAI, access("sk-admin-1", "http://localhost:1"), ""},
		{connector.OpenAI, access("sk-admin-1", "https://me:pw@x.example"), "is a URL"},
		{connector.OpenAI, access("sk-admin-1", "https://x.example?a=b"), "is a URL"},
		{connector.OpenAI, access("sk-admin-1", "https://x.example/"+strings.Repeat("a", 500)), "is a URL"},
		{connector.Anthropic, access("sk-ant-admin01-1"), ""},
		{connector.Anthropic, access("sk-ant-api03-1"), "sk-ant-admin"},
		{connector.Langfuse, access("pk-lf-1:sk-lf-1"), ""},
		{connector.Langfuse, access("own:keys", "https://langfuse.example"), ""},
		{connector.Langfuse, access("pk-lf-1"), "a colon"},
		{connector.Langfuse, access("pk-lf-1", "https://langfuse.example"), "a colon"},
		{connector.Langfuse, access("pk-lf-1:sk-lf-1", "a.b.c"), "has no tables"},
		{connector.BigQuery, access(accountKey, "my-project.logs.calls", "https://x.example"), "one address"},
		{connector.Langfuse, access("pk-lf-1:"), "a colon"},
		{connector.Langfuse, access("sk-lf-1:pk-lf-1"), "comes first"},
		{connector.LiteLLM, access("sk-1", "https://litellm.example"), ""},
		{connector.LiteLLM, access("sk-1"), "self-hosted"},
		{connector.Helicone, access("sk-helicone-1"), ""},
		{connector.BigQuery, access(accountKey, "my-project.logs.calls"), ""},
		{connector.BigQuery, access(accountKey), "project.dataset.table"},
		{connector.BigQuery, access(accountKey, "calls"), "project.dataset.table"},
		{connector.BigQuery, access("ya29.token", "my-project.logs.calls"), "service_account"},
	} {
		err := c.kind.Check(c.given)
		if c.wants == "" {
			require.NoError(t, err, "%s", c.kind)
			continue
		}
		var wrong *connector.SetupError
		require.ErrorAs(t, err, &wrong, "%s: %s", c.kind, c.wants)
		assert.Contains(t, wrong.UserMessage(), c.wants)
		if key := c.given.Credential.Text(); len(key) > 12 {
			assert.NotContains(t, wrong.UserMessage(), key, "the message holds nothing of the credential")
		}
	}
}

func TestEverySourceHasAFormThatAsksForACredentialFirst(t *testing.T) {
	for _, kind := range connector.Kinds() {
		form := kind.Form()
		assert.NotEmpty(t, form.Help, kind)
		require.NotEmpty(t, form.Fields, kind)
		assert.Equal(t, "credential", form.Fields[0].Name, kind)
		assert.True(t, form.Fields[0].Required, kind)
		assert.NotEqual(t, string(kind), form.Title, "a name that people use")
	}
}
