package pricing

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// clause is one rule of the book that says which names a provider or a model
// goes by: a text test, or a list of clauses joined by "or" or "and".
type clause struct {
	kind  string
	text  string
	regex *regexp.Regexp
	subs  []clause
}

// matches reports whether name, which must be in lower case, fulfils the clause:
// the case of names means nothing. The empty clause matches nothing.
func (c *clause) matches(name string) bool {
	switch c.kind {
	case "equals":
		return name == c.text
	case "starts_with":
		return strings.HasPrefix(name, c.text)
	case "ends_with":
		return strings.HasSuffix(name, c.text)
	case "contains":
		return strings.Contains(name, c.text)
	case "regex":
		return c.regex.MatchString(name)
	case "or":
		return c.anyOf(name)
	case "and":
		return c.allOf(name)
	}
	return false
}

func (c *clause) anyOf(name string) bool {
	for i := range c.subs {
		if c.subs[i].matches(name) {
			return true
		}
	}
	return false
}

func (c *clause) allOf(name string) bool {
	for i := range c.subs {
		if !c.subs[i].matches(name) {
			return false
		}
	}
	return len(c.subs) > 0
}

// UnmarshalJSON reads {"kind": value}: text for a test, clauses for "or" and "and".
func (c *clause) UnmarshalJSON(data []byte) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		return fmt.Errorf("match rule: %w", err)
	}
	if len(object) != 1 {
		return fmt.Errorf("match rule %s: want exactly one key", data)
	}
	for kind, value := range object {
		return c.set(kind, value)
	}
	return nil
}

func (c *clause) set(kind string, value json.RawMessage) error {
	c.kind = kind
	switch kind {
	case "or", "and":
		return json.Unmarshal(value, &c.subs)
	case "equals", "starts_with", "ends_with", "contains":
		err := json.Unmarshal(value, &c.text)
		c.text = strings.ToLower(c.text)
		return err
	case "regex":
		if err := json.Unmarshal(value, &c.text); err != nil {
			return err
		}
		var err error
		c.regex, err = regexp.Compile(c.text)
		return err
	}
	return fmt.Errorf("match rule has unknown kind %q", kind)
}
