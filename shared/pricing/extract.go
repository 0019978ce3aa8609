package pricing

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// extractor reads the usage out of the response bodies of one API flavour.
type extractor struct {
	Flavor    string    `json:"api_flavor"`
	Root      path      `json:"root"`
	ModelPath path      `json:"model_path"`
	Mappings  []mapping `json:"mappings"`
}

// mapping adds the number at Path to the usage key Dest.
type mapping struct {
	Path     path   `json:"path"`
	Dest     string `json:"dest"`
	Required bool   `json:"required"`
}

// step is one step of a path: a field of an object, or the first element of an
// array whose field fulfils a clause.
type step struct {
	key   string
	field string
	match clause
}

// path leads to a value in a decoded JSON body.
type path []step

// UnmarshalJSON reads "key", or a list of keys and {"type": "array-match", "field", "match"}.
func (p *path) UnmarshalJSON(data []byte) error {
	var key string
	if json.Unmarshal(data, &key) == nil {
		*p = path{{key: key}}
		return nil
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return fmt.Errorf("path: %w", err)
	}
	for _, part := range parts {
		var s step
		if json.Unmarshal(part, &s.key) != nil {
			var object struct {
				Type  string `json:"type"`
				Field string `json:"field"`
				Match clause `json:"match"`
			}
			if err := json.Unmarshal(part, &object); err != nil {
				return fmt.Errorf("path: %w", err)
			}
			if object.Type != "array-match" {
				return fmt.Errorf("path: unknown step %q", object.Type)
			}
			s = step{field: object.Field, match: object.Match}
		}
		*p = append(*p, s)
	}
	return nil
}

func (p path) String() string {
	parts := make([]string, len(p))
	for i, s := range p {
		parts[i] = s.key
		if s.field != "" {
			parts[i] = "[" + s.field + "=" + s.match.text + "]"
		}
	}
	return strings.Join(parts, ".")
}

// find follows the path. A nil value with a nil error means that nothing is there.
func (p path) find(value any) (any, error) {
	for i, s := range p {
		switch v := value.(type) {
		case nil:
			return nil, nil
		case map[string]any:
			if s.field != "" {
				return nil, fmt.Errorf("%s is an object, not a list", p[:i])
			}
			value = v[s.key]
		case []any:
			if s.field == "" && len(v) == 0 {
				return nil, nil // PHP writes an empty object as a list
			}
			if s.field == "" {
				return nil, fmt.Errorf("%s is a list, not an object", p[:i])
			}
			value = s.first(v)
		default:
			return nil, fmt.Errorf("%s is neither an object nor a list", p[:i])
		}
	}
	return value, nil
}

func (s step) first(list []any) any {
	for _, item := range list {
		object, _ := item.(map[string]any)
		if text, ok := object[s.field].(string); ok && s.match.matches(strings.ToLower(text)) {
			return object
		}
	}
	return nil
}

// extract returns the model that the body names ("" if none) and its usage.
func (e *extractor) extract(body any) (string, Usage, error) {
	named, err := e.ModelPath.find(body)
	if err != nil {
		return "", nil, fmt.Errorf("model: %w", err)
	}
	name, _ := named.(string)
	root, err := e.Root.find(body)
	if err != nil {
		return "", nil, err
	}
	if _, ok := root.(map[string]any); !ok {
		return "", nil, fmt.Errorf("no usage object at %q", e.Root)
	}
	counts := Usage{}
	for _, m := range e.Mappings {
		n, ok, err := m.read(root)
		if err != nil {
			return "", nil, fmt.Errorf("%s.%w", e.Root, err)
		}
		if ok {
			counts[m.Dest] += n
		}
	}
	if len(counts) == 0 {
		return "", nil, fmt.Errorf("no known usage field under %q", e.Root)
	}
	return name, counts, nil
}

func (m mapping) read(root any) (int64, bool, error) {
	value, err := m.Path.find(root)
	if err != nil {
		return 0, false, err
	}
	if value == nil {
		if m.Required {
			return 0, false, fmt.Errorf("%s is missing", m.Path)
		}
		return 0, false, nil
	}
	n, err := count(value)
	if err != nil {
		return 0, false, fmt.Errorf("%s: %w", m.Path, err)
	}
	return n, true, nil
}

// count reads a whole number that is not negative and small enough to add up safely.
func count(value any) (int64, error) {
	number, ok := value.(json.Number)
	if !ok {
		return 0, fmt.Errorf("want a number, not %T", value)
	}
	if n, err := number.Int64(); err == nil && n >= 0 && n <= 1<<53 {
		return n, nil
	}
	f, err := number.Float64()
	if err != nil || f < 0 || f > 1<<53 || f != math.Trunc(f) {
		return 0, fmt.Errorf("want a whole number of tokens, not %s", number)
	}
	return int64(f), nil
}
