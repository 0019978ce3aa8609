package check_test

import (
	"context"
	"os"
	"reflect"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"netra/emulators/localtest"
	"netra/infra/check"
	"netra/shared/store"
	adapter "netra/shared/store/firestore"
)

func TestMain(m *testing.M) { os.Exit(localtest.Main(m)) }

// Every method of the store runs against the emulator; every query that it
// sends must be served by an index that production will have.
func TestEveryQueryOfTheStoreHasItsIndex(t *testing.T) {
	queries := queriesOfTheStore(t)
	indexes := indexFile(t)
	require.Greater(t, len(queries), 10, "the recorder sees the store's queries")

	for _, q := range queries {
		assert.Empty(t, indexes.Missing(q), "query %s", q)
	}
}

func TestQueriesNameTheIndexTheyLack(t *testing.T) {
	field := func(path string) *pb.StructuredQuery_FieldReference {
		return &pb.StructuredQuery_FieldReference{FieldPath: path}
	}
	where := func(path string, op pb.StructuredQuery_FieldFilter_Operator) *pb.StructuredQuery_Filter {
		return &pb.StructuredQuery_Filter{FilterType: &pb.StructuredQuery_Filter_FieldFilter{
			FieldFilter: &pb.StructuredQuery_FieldFilter{Field: field(path), Op: op},
		}}
	}
	order := func(path string, d pb.StructuredQuery_Direction) []*pb.StructuredQuery_Order {
		return []*pb.StructuredQuery_Order{{Field: field(path), Direction: d}}
	}
	from := func(collection string, group bool) []*pb.StructuredQuery_CollectionSelector {
		return []*pb.StructuredQuery_CollectionSelector{{CollectionId: collection, AllDescendants: group}}
	}
	cases := []struct {
		name  string
		query *pb.StructuredQuery
		lacks string
	}{
		{"whole collection", &pb.StructuredQuery{From: from("runs", false)}, ""},
		{"one field is automatic", &pb.StructuredQuery{From: from("runs", false), OrderBy: order("created_at", pb.StructuredQuery_DESCENDING)}, ""},
		{"by name is automatic", &pb.StructuredQuery{From: from("runs", true), OrderBy: order("__name__", pb.StructuredQuery_ASCENDING)}, ""},
		{"due runs of all users", &pb.StructuredQuery{From: from("runs", true), Where: where("next_check", pb.StructuredQuery_FieldFilter_LESS_THAN_OR_EQUAL)}, ""},
		{"runs of a thread, newest first", &pb.StructuredQuery{From: from("runs", false), Where: where("thread_id", pb.StructuredQuery_FieldFilter_EQUAL), OrderBy: order("created_at", pb.StructuredQuery_DESCENDING)}, ""},
		{"runs of a thread, oldest first", &pb.StructuredQuery{From: from("runs", false), Where: where("thread_id", pb.StructuredQuery_FieldFilter_EQUAL), OrderBy: order("created_at", pb.StructuredQuery_ASCENDING)}, "thread_id ascending, created_at ascending"},
		{"one field across users is not automatic", &pb.StructuredQuery{From: from("runs", true), Where: where("status", pb.StructuredQuery_FieldFilter_EQUAL)}, "runs (COLLECTION_GROUP) on status"},
		{"the other direction across users", &pb.StructuredQuery{From: from("runs", true), OrderBy: order("next_check", pb.StructuredQuery_DESCENDING)}, "next_check descending"},
		{"an override takes the automatic index away", &pb.StructuredQuery{From: from("runs", false), OrderBy: order("next_check", pb.StructuredQuery_ASCENDING)}, "runs (COLLECTION) on next_check"},
		{"an exempt field", &pb.StructuredQuery{From: from("events", false), Where: where("data.tool", pb.StructuredQuery_FieldFilter_EQUAL)}, "data.tool"},
	}
	indexes := indexFile(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := indexes.Missing(c.query); c.lacks == "" {
				assert.Empty(t, got)
			} else {
				assert.Contains(t, got, c.lacks)
			}
		})
	}
}

func indexFile(t *testing.T) check.Indexes {
	t.Helper()
	data, err := os.ReadFile("../firestore.indexes.json")
	require.NoError(t, err)
	indexes, err := check.ParseIndexes(data)
	require.NoError(t, err)
	return indexes
}

// queriesOfTheStore calls every method of the store with made-up arguments, so
// that a new method is covered without a change here, and returns what it asked.
func queriesOfTheStore(t *testing.T) []*pb.StructuredQuery {
	t.Helper()
	project := localtest.Firestore(t)
	rec := &recorder{}
	conn, err := grpc.NewClient(os.Getenv("FIRESTORE_EMULATOR_HOST"),
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithStreamInterceptor(rec.intercept))
	require.NoError(t, err)
	client, err := firestore.NewClient(t.Context(), project, option.WithGRPCConn(conn))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close()) })

	fleet := adapter.New(client)
	user, err := fleet.User("u1")
	require.NoError(t, err)
	callAll(t, reflect.ValueOf(fleet), store.Page{Limit: 1}, anyMethod)
	callAll(t, reflect.ValueOf(user), store.Page{Limit: 1}, anyMethod)
	for _, page := range filteredPages() {
		callAll(t, reflect.ValueOf(user), page, func(name string) bool { return name == "Runs" })
	}
	return rec.queries
}

func anyMethod(string) bool { return true }

// filteredPages is one Page for each filter that a Page knows: only lists of
// runs are filtered.
func filteredPages() []store.Page {
	var pages []store.Page
	for i := range reflect.TypeFor[store.Page]().NumField() {
		page := store.Page{Limit: 1}
		field := reflect.ValueOf(&page).Elem().Field(i)
		if field.Kind() == reflect.String {
			field.SetString("x1")
			pages = append(pages, page)
		}
	}
	return pages
}

func callAll(t *testing.T, v reflect.Value, page store.Page, wanted func(method string) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	given := map[reflect.Type]any{
		reflect.TypeFor[context.Context](): ctx,
		reflect.TypeFor[string]():          "x1",
		reflect.TypeFor[int]():             10,
		reflect.TypeFor[time.Time]():       time.Now(),
		reflect.TypeFor[store.Page]():      page,
	}
	for i := range v.NumMethod() {
		method := v.Type().Method(i)
		if !wanted(method.Name) {
			continue
		}
		args := []reflect.Value{}
		for n := 1; n < method.Type.NumIn(); n++ {
			arg := reflect.Zero(method.Type.In(n))
			if value, known := given[method.Type.In(n)]; known {
				arg = reflect.ValueOf(value)
			}
			args = append(args, arg)
		}
		v.Method(i).Call(args) // most answer "not found"; only the queries matter
	}
}

// recorder keeps the queries that go through a connection.
type recorder struct {
	mu      sync.Mutex
	queries []*pb.StructuredQuery
}

func (r *recorder) intercept(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, next grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer owner")
	stream, err := next(ctx, desc, cc, method, opts...)
	return &recordedStream{stream, r}, err
}

type recordedStream struct {
	grpc.ClientStream
	to *recorder
}

func (s *recordedStream) SendMsg(m any) error {
	s.to.mu.Lock()
	defer s.to.mu.Unlock()
	switch req := m.(type) {
	case *pb.RunQueryRequest:
		s.to.queries = append(s.to.queries, req.GetStructuredQuery())
	case *pb.RunAggregationQueryRequest:
		s.to.queries = append(s.to.queries, req.GetStructuredAggregationQuery().GetStructuredQuery())
	}
	return s.ClientStream.SendMsg(m)
}
