package usage

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Mapping says which column, or which path of a JSON row, holds which field.
// Netra proposes one for a log of unknown format, and the user confirms it.
type Mapping struct {
	// Fields maps a field name (FieldNames lists them) to a column header or,
	// in JSON, to a path with "/" between keys.
	Fields map[string]string `json:"fields"`
	// CachedInside says whether cached tokens are part of the input column; nil
	// if unknown, when the total column decides, row by row.
	CachedInside *bool `json:"cached_inside,omitempty"`
	// Unmapped lists columns that no field claims.
	Unmapped []string `json:"unmapped,omitempty"`
}

// ParseMapping reads a mapping as JSON and checks it; no text is no mapping.
func ParseMapping(text []byte) (*Mapping, error) {
	if len(text) == 0 {
		return nil, nil
	}
	var m Mapping
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("want {\"fields\": {field: column}}: %w", err)
	}
	return &m, m.Validate()
}

// Validate says what is wrong with a mapping: a name that is no field, a column
// for two fields, or no column of token counts.
func (m *Mapping) Validate() error {
	user := map[string]string{}
	for name, column := range m.Fields {
		if fieldByName(name) == fNone {
			return fmt.Errorf("the mapping names a field %q; fields are %s", name, strings.Join(FieldNames(), ", "))
		}
		if other := user[squeeze(column)]; other != "" {
			return fmt.Errorf("the mapping gives the column %q to both %s and %s", column, min(name, other), max(name, other))
		}
		user[squeeze(column)] = name
	}
	if m.Fields["input_tokens"] == "" && m.Fields["output_tokens"] == "" {
		return fmt.Errorf("the mapping needs a column for input_tokens or output_tokens")
	}
	return nil
}

// Equal says whether two mappings read a log alike.
func (m *Mapping) Equal(other *Mapping) bool {
	if m == nil || other == nil {
		return m == other
	}
	inside, same := m.CachedInside, other.CachedInside
	return maps.Equal(m.Fields, other.Fields) && (inside == same || inside != nil && same != nil && *inside == *same)
}

// formatMapped is the name of a format that a mapping tells.
const formatMapped = "mapped"

// layout makes a layout of a mapping.
func (m *Mapping) layout() layout {
	l := layout{name: formatMapped, paths: map[field][]string{}, cachedInside: m.CachedInside}
	for name, column := range m.Fields {
		f := fieldByName(name)
		l.paths[f] = append(l.paths[f], column)
		l.relative = l.relative || f == fRelativeMS
		l.summed = l.summed || f == fCount
	}
	return l
}

// ProposeMapping guesses which column holds which field from the columns'
// names. sure is true if the usual names of both token counts are among them:
// the mapping then holds such columns only, and a log can be read without asking.
// nil means that not even token counts can be guessed.
func ProposeMapping(columns []string) (m *Mapping, sure bool) {
	p := proposal{taken: map[string]bool{}, fields: map[string]string{}}
	for _, s := range synonyms() {
		p.claim(s.field, columns, func(name string) bool { return slices.Contains(s.exact, name) })
	}
	has := func(name string) bool { return p.fields[name] != "" }
	sure = has("input_tokens") && has("output_tokens")
	for _, s := range synonyms() {
		if !sure {
			p.claim(s.field, columns, func(name string) bool { return holdsOne(s.loose, name) })
		}
	}
	m = &Mapping{Fields: p.fields}
	if m.Validate() != nil {
		return nil, false
	}
	for _, c := range columns {
		if !p.taken[c] {
			m.Unmapped = append(m.Unmapped, c)
		}
	}
	return m, sure
}

type proposal struct {
	taken  map[string]bool
	fields map[string]string
}

func (p *proposal) claim(f field, columns []string, fits func(string) bool) {
	name := fieldNames[f]
	if p.fields[name] != "" {
		return
	}
	for _, c := range columns {
		if !p.taken[c] && (fits(squeeze(lastKey(c))) || fits(squeeze(c))) {
			p.fields[name], p.taken[c] = c, true
			return
		}
	}
}

// holdsPrompt reports whether a path has the usual name of a prompt: as JSON it is
// a column whatever its value is, a text or a list of messages.
func holdsPrompt(path string) bool {
	name := squeeze(lastKey(path))
	return slices.ContainsFunc(synonyms(), func(s synonym) bool { return s.field == fPrompt && slices.Contains(s.exact, name) })
}

func lastKey(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func holdsOne(list []string, name string) bool {
	for _, s := range list {
		if strings.Contains(name, s) {
			return true
		}
	}
	return false
}

// String lists the mapping as field=column pairs, by field.
func (m *Mapping) String() string {
	pairs := make([]string, 0, len(m.Fields))
	for name, column := range m.Fields {
		pairs = append(pairs, fmt.Sprintf("%s=%.60q", name, column))
	}
	slices.Sort(pairs)
	return strings.Join(pairs, ", ")
}
