package usage

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
