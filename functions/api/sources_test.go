package api_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/google"
	"netra/shared/connector"
	"netra/shared/plan"
	"netra/shared/run"
)

type source struct {
	Source, Title, Help string
	Fields              []connector.Field
	Stored              bool
	StoredAt            time.Time `json:"stored_at"`
}

type sourceList struct {
	MayFetch   bool   `json:"may_fetch"`
	LowestPlan string `json:"lowest_plan"`
	Sources    []source
}

const openAICredential = "/api/sources/openai-usage/credential"

func (k *kit) sources(uid string) sourceList {
	k.t.Helper()
	return ok[sourceList](k, 200, uid, "GET", "/api/sources", nil)
}

// stored is what the intelligence would read for the user.
func (k *kit) stored(uid string, kind connector.Kind) string {
	k.t.Helper()
	value, _, err := k.platform.Credential(k.t.Context(), uid, kind)
	require.NoError(k.t, err)
	return value
}

// onPlan gives the user a plan, as the operator does.
func (k *kit) onPlan(uid, name string) {
	k.t.Helper()
	db, err := google.Admin(k.t.Context(), os.Getenv("FIRESTORE_EMULATOR_HOST"), k.platform.Config.Project)
	require.NoError(k.t, err)
	defer db.Close()
	_, err = db.Doc("users/"+uid).Set(k.t.Context(), map[string]any{"plan": name})
	require.NoError(k.t, err)
}

func storedSources(all sourceList) (names []string) {
	for _, s := range all.Sources {
		if s.Stored {
			names = append(names, s.Source)
		}
	}
	return names
}

func TestCredentialIsStoredShownAsStoredAndDeleted(t *testing.T) {
	k := newKit(t)
	k.onPlan("ann", plan.Mid)
	before := k.sources("ann")
	assert.True(t, before.MayFetch)
	assert.Len(t, before.Sources, len(connector.Kinds()))
	assert.Empty(t, storedSources(before))

	put := ok[source](k, 200, "ann", "PUT", openAICredential, map[string]string{"credential": "sk-admin-secret1"})
	assert.True(t, put.Stored)
	assert.WithinDuration(t, time.Now(), put.StoredAt, time.Minute)
	after := k.sources("ann")
	assert.Equal(t, []string{"openai-usage"}, storedSources(after))
	assert.Equal(t, put, after.Sources[0])
	assert.Equal(t, "sk-admin-secret1", k.stored("ann", connector.OpenAI))

	for range 2 {
		assert.Equal(t, http.StatusNoContent, k.call("ann", "DELETE", openAICredential, nil).status, "deleting twice is deleting")
		assert.Empty(t, k.stored("ann", connector.OpenAI))
	}
	assert.Empty(t, storedSources(k.sources("ann")))
}

func TestCredentialIsReplacedAndTheSameAgainIsNoError(t *testing.T) {
	k := newKit(t)
	k.onPlan("ann", plan.Enterprise)
	for _, c := range []struct{ body, stored string }{
		{`{"credential":"sk-admin-1"}`, "sk-admin-1"},
		{`{"credential":"sk-admin-1"}`, "sk-admin-1"},
		{`{"credential":" sk-admin-2\n","base_url":"https://eu.api.openai.com"}`, `{"credential":"sk-admin-2","base_url":"https://eu.api.openai.com"}`},
		{`{"credential":"{\"credential\":\"key\",\"base_url\":\"https://gateway.example\"}"}`, `{"credential":"key","base_url":"https://gateway.example"}`},
	} {
		ok[source](k, 200, "ann", "PUT", openAICredential, c.body, keyHeader, "key")
		assert.Equal(t, c.stored, k.stored("ann", connector.OpenAI))
	}
	key := `{"type":"service_account","client_email":"a@b","private_key":"x","token_uri":"https://oauth2.googleapis.com/token"}`
	ok[source](k, 200, "ann", "PUT", "/api/sources/bigquery/credential", `{"credential":`+key+`,"table":"my-project.logs.calls"}`)
	assert.JSONEq(t, key, connector.ParseAccess(k.stored("ann", connector.BigQuery)).Credential.Text())
}

func TestCredentialIsItsUsersOwn(t *testing.T) {
	k := newKit(t)
	k.onPlan("ann", plan.Mid)
	k.onPlan("bob", plan.Mid)
	ok[source](k, 200, "ann", "PUT", openAICredential, map[string]string{"credential": "sk-admin-of-ann"})
	assert.Empty(t, storedSources(k.sources("bob")))
	assert.Empty(t, k.stored("bob", connector.OpenAI))
	ok[source](k, 200, "bob", "PUT", openAICredential, map[string]string{"credential": "sk-admin-of-bob"})
	k.call("bob", "DELETE", openAICredential, nil)
	assert.Equal(t, "sk-admin-of-ann", k.stored("ann", connector.OpenAI))
	k.refused("invalid", k.call("a.name.with.dots", "DELETE", openAICredential, nil))
}

func TestCredentialThatCannotBeStoredIsRefusedWithWhatToDo(t *testing.T) {
	k := newKit(t)
	k.onPlan("ann", plan.Mid)
	for _, c := range []struct{ kind, source, body, says string }{
		{"not_found", "aws", `{"credential":"x"}`, "openai-usage, anthropic-usage"},
		{"invalid", "openai-usage", `{"credential":"sk-proj-very-secret"}`, "begins with sk-admin-"},
		{"invalid", "openai-usage", `{"credential":""}`, "Admin key is missing"},
		{"invalid", "openai-usage", `{}`, "Admin key is missing"},
		{"invalid", "litellm", `{"credential":"sk-very-secret"}`, "https://litellm.example.com"},
		{"invalid", "bigquery", `{"credential":"very-secret","table":"a.b.c"}`, "service_account"},
		{"bad_request", "openai-usage", `{"sk-very-secret":1}`, "an object with credential"},
		{"bad_request", "openai-usage", `sk-very-secret`, "an object with credential"},
		{"bad_request", "openai-usage", `{"credential":"a"}{"credential":"b"}`, "an object with credential"},
		{"too_large", "helicone", `{"credential":"` + strings.Repeat("k", 70<<10) + `"}`, "65536 bytes"},
		{"too_large", "helicone", `{"credential":"` + strings.Repeat("k", 600<<10) + `"}`, ""},
	} {
		a := k.call("ann", "PUT", "/api/sources/"+c.source+"/credential", c.body)
		p := k.refused(c.kind, a)
		assert.Contains(t, p.Detail, c.says)
		assert.NotContains(t, string(a.body), "very-secret")
	}
	k.refused("not_found", k.call("ann", "DELETE", "/api/sources/aws/credential", nil))
	assert.Empty(t, storedSources(k.sources("ann")))
}

func TestPlanThatDoesNotFetchIsToldWhichDoesAndMayStillDelete(t *testing.T) {
	k := newKit(t)
	k.onPlan("ann", plan.Mid)
	ok[source](k, 200, "ann", "PUT", openAICredential, map[string]string{"credential": "sk-admin-1"})
	k.onPlan("ann", plan.Free)
	p := k.refused("plan_too_small", k.call("ann", "PUT", openAICredential, map[string]string{"credential": "sk-admin-2"}))
	assert.Equal(t, http.StatusForbidden, p.Status)
	assert.Contains(t, p.Detail, "the plan Mid and larger; yours is Free")
	list := k.sources("ann")
	assert.False(t, list.MayFetch)
	assert.Equal(t, "mid", list.LowestPlan)
	assert.Equal(t, []string{"openai-usage"}, storedSources(list))
	assert.Equal(t, http.StatusNoContent, k.call("ann", "DELETE", openAICredential, nil).status)
}

func TestCredentialIsInNoAnswerLogOrDocument(t *testing.T) {
	k := newKit(t)
	k.onPlan("ann", plan.Mid)
	const key = "sk-admin-hunter2"
	answers := []answer{
		k.call("ann", "PUT", openAICredential, map[string]string{"credential": key}, keyHeader, "k"),
		k.call("ann", "GET", "/api/sources", nil),
		k.call("ann", "GET", openAICredential, nil),
		k.call("ann", "GET", "/api/account", nil),
	}
	k.stopSecrets()
	for _, method := range []string{"PUT", "DELETE"} {
		a := k.call("ann", method, openAICredential, map[string]string{"credential": key})
		k.refused("busy", a)
		answers = append(answers, a)
	}
	for _, a := range answers {
		assert.NotContains(t, string(a.body), "hunter2")
	}
	assert.NotContains(t, k.logs.String(), "hunter2")
	assert.NotContains(t, k.logs.String(), "netra-source-openai-usage-ann", "a user's id is logged as its hash only")
	_, err := k.user("ann").Receipt(t.Context(), "k")
	assert.Error(t, err)
}

func TestDataRequestIsAnsweredWithASourceThatHasACredential(t *testing.T) {
	k := newKit(t)
	a := k.message("ann", "go")
	k.wait("ann", a.RunID)
	path := "/api/runs/" + a.RunID + "/data"
	from := map[string]string{"source": "openai-usage"}
	k.refused("plan_too_small", k.call("ann", "POST", path, from))
	k.onPlan("ann", plan.Mid)
	k.refused("not_found", k.call("ann", "POST", path, map[string]string{"source": "aws"}))
	p := k.refused("not_ready", k.call("ann", "POST", path, from))
	assert.Contains(t, p.Detail, openAICredential)
	ok[source](k, 200, "ann", "PUT", openAICredential, map[string]string{"credential": "sk-admin-1"})
	ok[accepted](k, 202, "ann", "POST", path, from)
	assert.Equal(t, "openai-usage", ok[run.Run](k, 200, "ann", "GET", "/api/runs/"+a.RunID, nil).Source)
}
