package firestore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"netra/shared/run"
	"netra/shared/store"
)

// translate turns a Firestore status into the store's own errors.
func translate(err error) error {
	if err == nil || errors.Is(err, store.ErrNotFound) {
		return err
	}
	switch status.Code(err) {
	case codes.NotFound:
		return store.ErrNotFound
	case codes.AlreadyExists, codes.FailedPrecondition, codes.Aborted:
		return fmt.Errorf("%w: %v", store.ErrConflict, err)
	case codes.InvalidArgument:
		if strings.Contains(err.Error(), "exceeds the maximum") || strings.Contains(err.Error(), "longer than") {
			return fmt.Errorf("%w: %v", store.ErrTooLarge, err)
		}
	}
	return err
}

// fields lists a struct's fields by their firestore tags, for an update that
// replaces the whole document under a precondition.
func fields(doc any) []firestore.Update {
	v := reflect.ValueOf(doc)
	var updates []firestore.Update
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("firestore")
		updates = append(updates, firestore.Update{FieldPath: firestore.FieldPath{name}, Value: v.Field(i).Interface()})
	}
	return updates
}

// listsNotNil makes empty lists of the nil ones in a struct and below it: the
// client library reads an empty list as nil, which JSON would show as null.
func listsNotNil(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			listsNotNil(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				listsNotNil(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.IsNil() && v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		for i := range v.Len() {
			listsNotNil(v.Index(i))
		}
	}
}

// eventDoc is an event as the browser's listener reads it: data is a map.
type eventDoc struct {
	Seq      int64          `firestore:"seq"`
	Type     string         `firestore:"type"`
	RunID    string         `firestore:"run_id"`
	ThreadID string         `firestore:"thread_id"`
	Stage    string         `firestore:"stage"`
	Attempt  int            `firestore:"attempt"`
	Time     time.Time      `firestore:"time"`
	Data     map[string]any `firestore:"data"`
	ExpireAt time.Time      `firestore:"expire_at"`
}

// maxEvent bounds an event's data, under Firestore's limit of 1 MiB a document,
// which is not always named in the refusal of a nested value.
const maxEvent = 900_000

func eventID(seq int64) string { return fmt.Sprintf("%08d", seq) }

func encodeEvent(e run.Event, expire time.Time) (eventDoc, error) {
	if len(e.Data) > maxEvent {
		return eventDoc{}, fmt.Errorf("%w: event %d of run %s has %d bytes", store.ErrTooLarge, e.Seq, e.RunID, len(e.Data))
	}
	d := json.NewDecoder(bytes.NewReader(e.Data))
	d.UseNumber()
	var data map[string]any
	if err := d.Decode(&data); err != nil {
		return eventDoc{}, fmt.Errorf("event %d of run %s: data is no JSON object: %w", e.Seq, e.RunID, err)
	}
	return eventDoc{
		Seq: e.Seq, Type: string(e.Type), RunID: e.RunID, ThreadID: e.ThreadID, Stage: e.Stage,
		Attempt: e.Attempt, Time: e.Time, Data: plain(data).(map[string]any), ExpireAt: expire,
	}, nil
}

// plain replaces json.Number by int64 or float64, and an array directly inside
// an array by an object with its values, since Firestore has no such arrays.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	case map[string]any:
		for k, e := range v {
			v[k] = plain(e)
		}
	case []any:
		for i, e := range v {
			v[i] = plain(e)
			if inner, nested := v[i].([]any); nested {
				v[i] = map[string]any{"values": inner}
			}
		}
	}
	return v
}

// DecodeEvent reads an event document, as a listener receives it.
func DecodeEvent(snap *firestore.DocumentSnapshot) (run.Event, error) {
	var d eventDoc
	if err := snap.DataTo(&d); err != nil {
		return run.Event{}, fmt.Errorf("read event %s: %w", snap.Ref.Path, err)
	}
	data, err := json.Marshal(d.Data)
	if err != nil {
		return run.Event{}, fmt.Errorf("read event %s: %w", snap.Ref.Path, err)
	}
	return run.Event{Seq: d.Seq, Type: run.EventType(d.Type), RunID: d.RunID, ThreadID: d.ThreadID,
		Stage: d.Stage, Attempt: d.Attempt, Time: d.Time, Data: data}, nil
}
