package lambda

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/uuid"
)

// The account and region of the names that a function sees.
const region, account = "us-east-1", "000000000000"

// largest is the most that an event or a buffered answer may hold:
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const largest = 6 << 20

var errTooLarge = errors.New("request must be smaller than 6 MB for the function")

func newID() string { return uuid.NewString() }

// traceID is an X-Ray trace header of a request that is not sampled.
func traceID(now time.Time) string {
	var id [20]byte
	_, _ = rand.Read(id[:]) // never fails
	return fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=0", now.Unix(), hex.EncodeToString(id[:12]), hex.EncodeToString(id[12:]))
}

// newEvent is the event of a Function URL, payload format 2.0:
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
func newEvent(r *http.Request, id string, now time.Time) ([]byte, error) {
	var body []byte
	if r.Body != nil {
		defer r.Body.Close()
		var err error
		if body, err = io.ReadAll(io.LimitReader(r.Body, largest+1)); err != nil {
			return nil, fmt.Errorf("read the request: %w", err)
		}
	}
	if len(body) > largest {
		return nil, errTooLarge
	}
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	event := events.LambdaFunctionURLRequest{
		Version: "2.0", RawPath: r.URL.EscapedPath(), RawQueryString: r.URL.RawQuery,
		Headers: map[string]string{"host": host}, QueryStringParameters: map[string]string{},
		RequestContext: events.LambdaFunctionURLRequestContext{
			AccountID: "anonymous", RequestID: id, APIID: "local", DomainName: host, DomainPrefix: "local",
			Time: now.UTC().Format("02/Jan/2006:15:04:05 -0700"), TimeEpoch: now.UnixMilli(),
			HTTP: events.LambdaFunctionURLRequestContextHTTPDescription{
				Method: r.Method, Path: r.URL.Path, Protocol: "HTTP/1.1", SourceIP: source(r), UserAgent: r.UserAgent(),
			},
		},
	}
	for name, values := range r.Header {
		if name == "Cookie" { // Lambda gives cookies both ways
			event.Cookies = strings.Split(strings.Join(values, "; "), "; ")
			event.Headers["cookie"] = strings.Join(values, "; ")
			continue
		}
		event.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	for name, values := range r.URL.Query() {
		event.QueryStringParameters[name] = strings.Join(values, ",")
	}
	event.Body = string(body)
	if !utf8.Valid(body) {
		event.Body, event.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	return json.Marshal(event)
}

func source(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return "127.0.0.1"
}

// readResponse reads what the runtime posts: a buffered answer as JSON, or a
// streamed one, which is a JSON prelude, eight zero bytes and the body as it
// comes. copyBody passes that body on; it returns when the stream has ended.
func readResponse(r *http.Request) (response *http.Response, copyBody func(), err error) {
	if r.Header.Get("Content-Type") != "application/vnd.awslambda.http-integration-response" {
		response, err = readBuffered(r.Body)
		return response, func() {}, err
	}
	stream := bufio.NewReader(r.Body)
	var prelude bytes.Buffer
	for !bytes.HasSuffix(prelude.Bytes(), make([]byte, 8)) {
		b, err := stream.ReadByte()
		if err != nil || prelude.Len() > largest {
			return nil, nil, fmt.Errorf("the answer has no end of its prelude: %w", err)
		}
		prelude.WriteByte(b)
	}
	response, err = newResponse(prelude.Bytes()[:prelude.Len()-8])
	if err != nil {
		return nil, nil, err
	}
	reader, writer := io.Pipe()
	response.Body, response.ContentLength = reader, -1
	return response, func() {
		_, err := io.Copy(writer, stream)
		if kind := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"); err == nil && kind != "" {
			err = fmt.Errorf("the function failed in the middle of its answer: %s", kind)
		}
		writer.CloseWithError(err)
	}, nil
}

func readBuffered(body io.Reader) (*http.Response, error) {
	text, err := io.ReadAll(io.LimitReader(body, largest+1))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if len(text) > largest {
		return nil, errors.New("the answer is larger than 6 MB")
	}
	return newResponse(text)
}

func newResponse(text []byte) (*http.Response, error) {
	var parsed events.LambdaFunctionURLResponse
	if err := json.Unmarshal(text, &parsed); err != nil {
		return nil, fmt.Errorf("the answer is not that of a Function URL: %w", err)
	}
	if parsed.StatusCode < 100 || parsed.StatusCode > 999 {
		return nil, fmt.Errorf("the answer has the status code %d", parsed.StatusCode)
	}
	body := []byte(parsed.Body)
	if parsed.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(parsed.Body); err != nil {
			return nil, fmt.Errorf("decode the answer's body: %w", err)
		}
	}
	response := &http.Response{
		StatusCode: parsed.StatusCode, Status: http.StatusText(parsed.StatusCode),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
	for name, value := range parsed.Headers {
		response.Header.Set(name, value)
	}
	for _, cookie := range parsed.Cookies {
		response.Header.Add("Set-Cookie", cookie)
	}
	return response, nil
}
