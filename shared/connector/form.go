package connector

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/oauth2/google"
)

// Field is one value that a user gives for a source. Name is the field of Access
// in JSON; Example shows its shape.
type Field struct {
	Name     string `json:"name"`
	Label    string `json:"label"`
	Example  string `json:"example"`
	Required bool   `json:"required"`
}

// Form is what a user is asked for to have a log fetched from a source.
type Form struct {
	// Title is the source as its users call it, and Help where the credential is
	// to be had and what it must be allowed to do.
	Title, Help string
	Fields      []Field
	// shape says what is wrong with the key, "" if it has the source's shape.
	shape func(Access) string
}

const (
	credentialField = "credential"
	addressField    = "base_url"
	tableField      = "table"
)

// Form is the source's form.
func (k Kind) Form() Form {
	key := func(label, example string) Field { return Field{credentialField, label, example, true} }
	address := func(example string) Field { return Field{addressField, "Another address", example, false} }
	switch k {
	case OpenAI:
		return Form{"OpenAI", "An admin key of the organisation: platform.openai.com, Organization, Admin keys. Reading usage is all that it must be allowed.",
			[]Field{key("Admin key", "sk-admin-..."), address("https://eu.api.openai.com")}, begins("sk-admin-", "An admin key begins with sk-admin-; the key of a project cannot read the organisation's usage.")}
	case Anthropic:
		return Form{"Anthropic", "An Admin API key: Claude Console, Settings, Admin keys.",
			[]Field{key("Admin API key", "sk-ant-admin..."), address("https://api.anthropic.com")}, begins("sk-ant-admin", "An Admin API key begins with sk-ant-admin; an ordinary API key cannot read the usage.")}
	case Langfuse:
		return Form{"Langfuse", "The project's two keys with a colon between them, the public one first: the project, Settings, API Keys.",
			[]Field{key("Public and secret key", "pk-lf-...:sk-lf-..."), address("https://langfuse.example.com")}, pair}
	case LiteLLM:
		return Form{"LiteLLM", "An admin key of your proxy, and the address at which the proxy answers.",
			[]Field{key("Admin key", "sk-..."), {addressField, "Address of the proxy", "https://litellm.example.com", true}}, anything}
	case Helicone:
		return Form{"Helicone", "An API key with read access: Helicone, Settings, API Keys. In the EU region, also its address.",
			[]Field{key("API key", "sk-helicone-..."), address("https://eu.api.helicone.ai")}, anything}
	case BigQuery:
		return Form{"Vertex AI on BigQuery", "The JSON key of a service account with the role BigQuery Job User and read access to the table of the request-response log.",
			[]Field{key("JSON key of the service account", `{"type":"service_account",...}`), {tableField, "Table", "project.dataset.table", true}}, serviceAccount}
	}
	return Form{string(k), "", []Field{key("Key", "")}, anything}
}

func anything(Access) string { return "" }

// begins does not look at a key of another address: a gateway has keys of its own.
func begins(prefix, otherwise string) func(Access) string {
	return func(a Access) string {
		key := a.Credential.Text()
		if a.BaseURL != "" || strings.HasPrefix(key, prefix) && len(key) > len(prefix) {
			return ""
		}
		return otherwise
	}
}

func pair(a Access) string {
	public, secret, _ := strings.Cut(a.Credential.Text(), ":")
	switch {
	case public == "" || secret == "":
		return "The Langfuse credential is the public key, a colon and the secret key: pk-lf-...:sk-lf-..."
	case strings.HasPrefix(public, "sk-lf-"):
		return "The public key comes first: pk-lf-...:sk-lf-..."
	}
	return ""
}

func serviceAccount(a Access) string {
	if _, err := google.JWTConfigFromJSON([]byte(a.Credential.Text())); err != nil {
		return `The credential is the whole JSON file of a service account's key; it begins with {"type":"service_account".`
	}
	return ""
}

// Check says what is wrong with what a user gives for the source, in a
// *SetupError that holds nothing of it.
func (k Kind) Check(a Access) error {
	form, key := k.Form(), a.Credential.Text()
	switch {
	case strings.TrimSpace(key) == "":
		return setup("%s is missing. %s", form.Fields[0].Label, form.Help)
	case k != BigQuery && strings.ContainsFunc(key, notOfAKey):
		return setup("%s is one line without spaces, such as %s; what was sent has others in it.", form.Fields[0].Label, form.Fields[0].Example)
	case len(a.BaseURL) > maxAddress || !validAddress(a.BaseURL):
		return setup("%s is a URL of https with nothing behind its path, such as %s.", form.label(addressField), form.example(addressField))
	}
	if wrong := form.shape(a); wrong != "" {
		return setup("%s", wrong)
	}
	switch {
	case a.BaseURL != "" && !form.has(addressField):
		return setup("%s answers at one address; leave base_url out.", form.Title)
	case a.Table != "" && !form.has(tableField):
		return setup("%s has no tables; leave table out.", form.Title)
	case a.BaseURL == "" && form.requires(addressField):
		return setup("%s is self-hosted: give the address at which it answers, such as %s.", form.Title, form.example(addressField))
	case form.requires(tableField) && !tableName.MatchString(a.Table):
		return setup("The table is named project.dataset.table.")
	}
	return nil
}

const maxAddress = 500

func notOfAKey(r rune) bool { return r <= ' ' || r > '~' }

// validAddress keeps a credential from going over the network in the clear.
func validAddress(text string) bool {
	u, err := url.Parse(text)
	if text == "" || err != nil {
		return text == ""
	}
	here := net.ParseIP(u.Hostname()).IsLoopback() || u.Hostname() == "localhost"
	private := u.Scheme == "https" || u.Scheme == "http" && here
	return private && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

func (f Form) field(name string) Field {
	if i := slices.IndexFunc(f.Fields, func(f Field) bool { return f.Name == name }); i >= 0 {
		return f.Fields[i]
	}
	return Field{Label: "The address", Example: "https://example.com"}
}

func (f Form) has(name string) bool { return f.field(name).Name == name }

func (f Form) label(name string) string   { return f.field(name).Label }
func (f Form) example(name string) string { return f.field(name).Example }
func (f Form) requires(name string) bool  { return f.field(name).Required }
