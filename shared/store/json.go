package store

import (
	"encoding/json"
	"fmt"
)

// JSON is a JSON value within a document, "" for none. Firestore keeps it as a string:
// of other types of bytes its library makes a list of numbers, several times as long.
type JSON string

// NewJSON encodes a value.
func NewJSON(v any) (JSON, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode a value of a document: %w", err)
	}
	return JSON(raw), nil
}

// MarshalJSON gives the value as it is, null for none.
func (j JSON) MarshalJSON() ([]byte, error) {
	if j == "" {
		return []byte("null"), nil
	}
	return []byte(j), nil
}

// UnmarshalJSON keeps the value as it is; null is none.
func (j *JSON) UnmarshalJSON(value []byte) error {
	if *j = JSON(value); *j == "null" {
		*j = ""
	}
	return nil
}
