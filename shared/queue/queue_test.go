package queue_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/queue"
)

func push(body string) *http.Request {
	return httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
}

func encoded(data string) string { return base64.StdEncoding.EncodeToString([]byte(data)) }

func TestPushOfPubSubIsDecoded(t *testing.T) {
	d, err := queue.Decode(push(`{"message":{"attributes":{"traceparent":"00-a-b-01","other":"x"},
		"data":"` + encoded(`{"uid":"ann","run_id":"r1","stage":"triage"}`) + `","messageId":"136969346945","message_id":"136969346945",
		"publishTime":"2026-08-03T12:00:00.123Z","publish_time":"2026-08-03T12:00:00.123Z","orderingKey":"r1"},
		"subscription":"projects/p/subscriptions/s","deliveryAttempt":5}`))
	require.NoError(t, err)
	assert.Equal(t, queue.Delivery{
		Message: queue.Message{UID: "ann", RunID: "r1", Stage: "triage", Trace: "00-a-b-01"},
		ID:      "136969346945", Attempt: 5, PublishedAt: time.Date(2026, 8, 3, 12, 0, 0, 123000000, time.UTC)}, d)
}

func TestPushThatCanNeverBeUnderstoodIsMalformed(t *testing.T) {
	for _, body := range []string{
		"", "{", "null", "[]", `{"message":null}`, `{"message":{"data":"%%%"}}`, `{"message":{"data":7}}`,
		`{"message":{"data":"` + encoded("not json") + `"}}`,
		`{"message":{"data":"` + encoded(`{"uid":"ann","run_id":"r1"}`) + `"}}`,
		`{"message":{"data":"` + encoded(`{"uid":"","run_id":"r1","stage":"s"}`) + `"}}`,
		`{"message":{"data":"` + encoded(`{"uid":7,"run_id":"r1","stage":"s"}`) + `"}}`,
		`{"message":{"publishTime":"yesterday","data":""}}`,
		`{"x":"` + strings.Repeat("x", 70<<10) + `"}`,
	} {
		_, err := queue.Decode(push(body))
		assert.ErrorIs(t, err, queue.ErrMalformed, "%.60s", body)
	}
}

func TestPushThatWasCutOffIsNotMalformed(t *testing.T) {
	cut := errors.New("connection reset")
	_, err := queue.Decode(httptest.NewRequest(http.MethodPost, "/", iotest.ErrReader(cut)))
	require.ErrorIs(t, err, cut)
	assert.NotErrorIs(t, err, queue.ErrMalformed, "it will come again whole")
}

// FuzzDecode looks for a body that panics, or that is neither understood nor
// malformed.
func FuzzDecode(f *testing.F) {
	f.Add(`{"message":{"data":"` + encoded(`{"uid":"a","run_id":"b","stage":"c"}`) + `"}}`)
	f.Add(`{"message":{"attributes":null,"publishTime":""}}`)
	f.Add("\x00")
	f.Fuzz(func(t *testing.T, body string) {
		d, err := queue.Decode(push(body))
		if err != nil {
			assert.ErrorIs(t, err, queue.ErrMalformed)
			return
		}
		raw, err := json.Marshal(d.Message)
		require.NoError(t, err)
		again, err := queue.Decode(push(fmt.Sprintf(`{"message":{"data":%q}}`, encoded(string(raw)))))
		require.NoError(t, err, "what was understood is understood again")
		again.Trace = d.Trace
		assert.Equal(t, d.Message, again.Message)
	})
}
