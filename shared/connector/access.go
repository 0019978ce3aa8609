package connector

import (
	"encoding/json"
	"log/slog"
	"strings"
)

// Access is what a user stores for a source: the key, and what goes with it.
type Access struct {
	Credential Key `json:"credential"`
	// BaseURL is where a self-hosted source answers.
	BaseURL string `json:"base_url,omitempty"`
	// Table is the BigQuery table, project.dataset.table.
	Table string `json:"table,omitempty"`
}

// Key is a credential as it is handed out: a JSON string, or an object as Google has it.
type Key json.RawMessage

// NewKey is the Key of a text; the text of a JSON object is the object.
func NewKey(text string) Key {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &object) == nil && object != nil {
		return Key(text)
	}
	raw, _ := json.Marshal(text) // a string always has a JSON form
	return Key(raw)
}

// UnmarshalJSON takes any value.
func (k *Key) UnmarshalJSON(raw []byte) error {
	*k = append((*k)[:0], raw...)
	return nil
}

// MarshalJSON gives the value as it was taken.
func (k Key) MarshalJSON() ([]byte, error) { return json.RawMessage(k).MarshalJSON() }

// Text is the key as a source takes it.
func (k Key) Text() string {
	var text string
	if json.Unmarshal(k, &text) == nil {
		return text
	}
	return string(k)
}

// String keeps the key out of messages.
func (k Key) String() string { return "(a credential)" }

// LogValue keeps the key out of logs.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// ParseAccess reads what is stored: an object with a credential, or the key itself.
func ParseAccess(stored string) Access {
	var a Access
	stored = strings.TrimSpace(stored)
	if json.Unmarshal([]byte(stored), &a) != nil || len(a.Credential) == 0 {
		return Access{Credential: NewKey(stored)}
	}
	return a
}

// Whole is the Access itself, or the one that its credential is the text of: who
// pastes what Secret Manager would hold means that.
func (a Access) Whole() Access {
	if a.BaseURL == "" && a.Table == "" {
		return ParseAccess(a.Credential.Text())
	}
	a.Credential = NewKey(strings.TrimSpace(a.Credential.Text()))
	return a
}

// Stored is the text that ParseAccess reads: the key alone where it says all.
func (a Access) Stored() (string, error) {
	if a.BaseURL == "" && a.Table == "" {
		return a.Credential.Text(), nil
	}
	raw, err := json.Marshal(a)
	return string(raw), err
}
