package check

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// Indexes is the content of firestore.indexes.json, in the format of the
// Firebase command line.
type Indexes struct {
	Indexes        []CompositeIndex `json:"indexes"`
	FieldOverrides []FieldOverride  `json:"fieldOverrides"`
}

// CompositeIndex is an index over several fields.
type CompositeIndex struct {
	CollectionGroup string       `json:"collectionGroup"`
	QueryScope      string       `json:"queryScope"`
	Fields          []IndexField `json:"fields"`
}

// FieldOverride replaces the automatic indexes of one field.
type FieldOverride struct {
	CollectionGroup string       `json:"collectionGroup"`
	FieldPath       string       `json:"fieldPath"`
	TTL             bool         `json:"ttl"`
	Indexes         []IndexField `json:"indexes"`
}

// IndexField is one field of an index. Either Order or ArrayConfig is set.
type IndexField struct {
	FieldPath   string `json:"fieldPath"`
	Order       string `json:"order"`
	ArrayConfig string `json:"arrayConfig"`
	QueryScope  string `json:"queryScope"`
}

// ParseIndexes reads firestore.indexes.json.
func ParseIndexes(data []byte) (Indexes, error) {
	var x Indexes
	if err := json.Unmarshal(data, &x); err != nil {
		return Indexes{}, fmt.Errorf("parse indexes: %w", err)
	}
	return x, nil
}

// shape is what an index must offer to a query: the fields compared for
// equality, in any order, and then the fields it is sorted by.
type shape struct {
	collection, scope string
	equal, sorted     []IndexField
}

// Missing says which index the query needs and does not have; "" if it is
// served. The rules are those of
// https://firebase.google.com/docs/firestore/query-data/index-overview. The
// emulator does not enforce them.
func (x Indexes) Missing(q *pb.StructuredQuery) string {
	s := shapeOf(q)
	fields := slices.Concat(s.equal, s.sorted)
	if len(s.sorted) > 0 && len(fields) > 1 || len(s.equal) > 1 && s.scope == "COLLECTION_GROUP" {
		if !slices.ContainsFunc(x.Indexes, s.fits) {
			return fmt.Sprintf("a composite index of %s (%s) on %s", s.collection, s.scope, describe(fields))
		}
		return ""
	}
	for _, f := range fields {
		if !x.single(s, f) {
			return fmt.Sprintf("an index of %s (%s) on %s", s.collection, s.scope, describe([]IndexField{f}))
		}
	}
	return ""
}

// single reports whether one field is indexed as needed: automatically in its
// collection unless overridden, across collections only if an override says so.
func (x Indexes) single(s shape, f IndexField) bool {
	for _, o := range x.FieldOverrides {
		covers := o.FieldPath == f.FieldPath || strings.HasPrefix(f.FieldPath, o.FieldPath+".")
		if o.CollectionGroup == s.collection && covers {
			return slices.ContainsFunc(o.Indexes, func(i IndexField) bool {
				return i.QueryScope == s.scope && i.Order == f.Order && i.ArrayConfig == f.ArrayConfig
			})
		}
	}
	return s.scope == "COLLECTION"
}

func (s shape) fits(i CompositeIndex) bool {
	if i.CollectionGroup != s.collection || i.QueryScope != s.scope || len(i.Fields) != len(s.equal)+len(s.sorted) {
		return false
	}
	head := i.Fields[:len(s.equal)]
	for _, want := range s.equal {
		if !slices.ContainsFunc(head, func(f IndexField) bool {
			return f.FieldPath == want.FieldPath && f.ArrayConfig == want.ArrayConfig
		}) {
			return false
		}
	}
	return slices.Equal(i.Fields[len(s.equal):], s.sorted)
}

func shapeOf(q *pb.StructuredQuery) shape {
	from := q.GetFrom()[0]
	s := shape{collection: from.GetCollectionId(), scope: "COLLECTION"}
	if from.GetAllDescendants() {
		s.scope = "COLLECTION_GROUP"
	}
	for _, o := range q.GetOrderBy() {
		s.sort(o.GetField().GetFieldPath(), o.GetDirection().String())
	}
	s.filter(q.GetWhere())
	return s
}

func (s *shape) filter(f *pb.StructuredQuery_Filter) {
	for _, inner := range f.GetCompositeFilter().GetFilters() {
		s.filter(inner)
	}
	leaf := f.GetFieldFilter()
	if leaf == nil {
		return
	}
	path := leaf.GetField().GetFieldPath()
	switch leaf.GetOp() {
	case pb.StructuredQuery_FieldFilter_EQUAL, pb.StructuredQuery_FieldFilter_IN:
		s.equal = append(s.equal, IndexField{FieldPath: path, Order: "ASCENDING"})
	case pb.StructuredQuery_FieldFilter_ARRAY_CONTAINS, pb.StructuredQuery_FieldFilter_ARRAY_CONTAINS_ANY:
		s.equal = append(s.equal, IndexField{FieldPath: path, ArrayConfig: "CONTAINS"})
	default: // a range sorts by its field, upwards unless the query says otherwise
		s.sort(path, "ASCENDING")
	}
}

// sort adds a field to sort by once; every index ends with the document's name.
func (s *shape) sort(path, direction string) {
	known := slices.ContainsFunc(s.sorted, func(f IndexField) bool { return f.FieldPath == path })
	if path != "__name__" && !known {
		s.sorted = append(s.sorted, IndexField{FieldPath: path, Order: direction})
	}
}

func describe(fields []IndexField) string {
	var parts []string
	for _, f := range fields {
		parts = append(parts, strings.ToLower(f.FieldPath+" "+f.Order+f.ArrayConfig))
	}
	return strings.Join(parts, ", ")
}
