package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/functions/api"
	"netra/shared/usage"
)

// spec is what openapi.json says, as far as answers are checked against it.
type spec struct {
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
	patterns []pattern
}

type pattern struct {
	matches *regexp.Regexp
	path    string
}

type operation struct {
	Responses map[string]struct {
		Ref     string `json:"$ref"`
		Content map[string]struct {
			Schema *schema `json:"schema"`
		} `json:"content"`
	} `json:"responses"`
}

// schema is the part of JSON Schema that the document uses.
type schema struct {
	Ref        string             `json:"$ref"`
	Type       string             `json:"type"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	Items      *schema            `json:"items"`
	Enum       []any              `json:"enum"`
}

var parameter = regexp.MustCompile(`\{[a-z]+\}`)

func readSpec(t *testing.T) *spec {
	t.Helper()
	s := &spec{}
	require.NoError(t, json.Unmarshal(api.OpenAPI(), s))
	for path := range s.Paths {
		expression := "^" + parameter.ReplaceAllString(regexp.QuoteMeta(strings.NewReplacer("{", "\x01", "}", "\x02").Replace(path)), "")
		expression = regexp.MustCompile("\x01[a-z]+\x02").ReplaceAllString(expression, "[^/]+") + "$"
		s.patterns = append(s.patterns, pattern{regexp.MustCompile(expression), path})
	}
	// /api/datasets/sample before /api/datasets/{dataset}
	slices.SortFunc(s.patterns, func(a, b pattern) int { return strings.Count(a.path, "{") - strings.Count(b.path, "{") })
	return s
}

// operations are all of the document as "METHOD /path".
func (s *spec) operations() []string {
	var all []string
	for path, methods := range s.Paths {
		for method := range methods {
			if method != "parameters" {
				all = append(all, strings.ToUpper(method)+" "+path)
			}
		}
	}
	return all
}

// check fails unless the answer is described. Requests that are not routed are
// not of the document.
func (s *spec) check(t *testing.T, method, path string, a answer) {
	t.Helper()
	path, _, _ = strings.Cut(path, "?")
	i := slices.IndexFunc(s.patterns, func(p pattern) bool { return p.matches.MatchString(path) })
	if i < 0 {
		return
	}
	raw, known := s.Paths[s.patterns[i].path][strings.ToLower(method)]
	if !known || a.status >= 400 && strings.HasPrefix(path, "/upload/") {
		return
	}
	var op operation
	require.NoError(t, json.Unmarshal(raw, &op))
	where := method + " " + s.patterns[i].path
	response, described := op.Responses[strconv.Itoa(a.status)]
	if !described {
		require.GreaterOrEqual(t, a.status, 400, "%s answers a status that is not described", where)
		if strings.HasPrefix(path, "/health") {
			return // down is the same document with 503
		}
		require.NoError(t, s.conforms(s.Components.Schemas["Problem"], decoded(t, a.body), "problem"), where)
		return
	}
	media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	content, described := response.Content[media]
	if !described || content.Schema.Type == "string" {
		return
	}
	require.NoError(t, s.conforms(content.Schema, decoded(t, a.body), "body"), where)
}

func decoded(t *testing.T, raw []byte) any {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal(raw, &v), "%s", raw)
	return v
}

// conforms checks a JSON value against a schema; a field that the schema does
// not name is an error too.
func (s *spec) conforms(want *schema, v any, at string) error {
	if want.Ref != "" {
		return s.conforms(s.Components.Schemas[strings.TrimPrefix(want.Ref, "#/components/schemas/")], v, at)
	}
	if want.Enum != nil && !slices.Contains(want.Enum, v) {
		return fmt.Errorf("%s is %v, not one of %v", at, v, want.Enum)
	}
	switch want.Type {
	case "object":
		return s.conformsObject(want, v, at)
	case "array":
		list, is := v.([]any)
		if !is {
			return fmt.Errorf("%s is no array: %v", at, v)
		}
		for i, e := range list {
			if err := s.conforms(want.Items, e, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	case "integer", "number":
		if n, is := v.(float64); !is || want.Type == "integer" && n != float64(int64(n)) {
			return fmt.Errorf("%s is no %s: %v", at, want.Type, v)
		}
	case "string":
		if _, is := v.(string); !is {
			return fmt.Errorf("%s is no string: %v", at, v)
		}
	}
	return nil
}

func (s *spec) conformsObject(want *schema, v any, at string) error {
	fields, is := v.(map[string]any)
	if !is {
		return fmt.Errorf("%s is no object: %v", at, v)
	}
	for _, name := range want.Required {
		if _, there := fields[name]; !there {
			return fmt.Errorf("%s lacks %s", at, name)
		}
	}
	if want.Properties == nil {
		return nil // any object
	}
	for name, field := range fields {
		of, described := want.Properties[name]
		if !described {
			return fmt.Errorf("%s.%s is not described", at, name)
		}
		if err := s.conforms(of, field, at+"."+name); err != nil {
			return err
		}
	}
	return nil
}

func TestDocumentAndRoutesAreTheSame(t *testing.T) {
	routes := append(api.Routes(), "GET /api/metrics", "GET /api/openapi.json",
		"GET /health", "GET /health/live", "GET /health/ready", "PUT /upload/{part}")
	assert.ElementsMatch(t, routes, readSpec(t).operations())
}

func TestEveryRouteOfTheDocumentIsServed(t *testing.T) {
	k := newKit(t)
	for _, op := range k.spec.operations() {
		method, path, _ := strings.Cut(op, " ")
		a := k.call("", method, parameter.ReplaceAllString(path, "x"), nil)
		if strings.HasPrefix(path, "/api/") && path != "/api/metrics" && path != "/api/openapi.json" {
			k.refused("unauthenticated", a)
			assert.Contains(t, a.header.Get("WWW-Authenticate"), "Bearer", op)
			continue
		}
		assert.NotEqual(t, 404, a.status, op)
	}
}

func TestDocumentIsServedAsItIs(t *testing.T) {
	k := newKit(t)
	a := k.call("", "GET", "/api/openapi.json", nil)
	assert.Equal(t, 200, a.status)
	assert.JSONEq(t, string(api.OpenAPI()), string(a.body))
}

func TestReferencesOfTheDocumentExist(t *testing.T) {
	s := readSpec(t)
	for _, ref := range regexp.MustCompile(`#/components/schemas/([A-Za-z]+)`).FindAllSubmatch(api.OpenAPI(), -1) {
		assert.Contains(t, s.Components.Schemas, string(ref[1]))
	}
}

func TestDocumentNamesTheFieldsOfAMapping(t *testing.T) {
	fields := readSpec(t).Components.Schemas["MappingFields"].Properties
	assert.ElementsMatch(t, usage.FieldNames(), slices.Collect(maps.Keys(fields)))
}
