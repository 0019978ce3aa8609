// Package connector fetches a usage log from where it is kept: the usage APIs
// of OpenAI and Anthropic, Langfuse, LiteLLM, Helicone, and BigQuery tables of
// Vertex AI's request-response logging. What it writes is JSON Lines that
// package usage reads.
//
// A fetch goes page by page. After each page its Cursor is handed to the
// caller, who may store it and go on from it in another process. It honours
// rate limits, ends with its context, and stays within a bound on bytes.
package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// SetupError is a request that can never be answered as it is set up; its text is
// for the user.
type SetupError struct{ text string }

func (e *SetupError) Error() string { return e.text }

// UserMessage is Error: it holds nothing internal.
func (e *SetupError) UserMessage() string { return e.text }

func setup(format string, args ...any) error { return &SetupError{fmt.Sprintf(format, args...)} }

// Kind names a source.
type Kind string

// The sources.
const (
	OpenAI    Kind = "openai-usage"
	Anthropic Kind = "anthropic-usage"
	Langfuse  Kind = "langfuse"
	LiteLLM   Kind = "litellm"
	Helicone  Kind = "helicone"
	BigQuery  Kind = "bigquery"
)

// Kinds lists the sources.
func Kinds() []Kind { return []Kind{OpenAI, Anthropic, Langfuse, LiteLLM, Helicone, BigQuery} }

// Of is the source of a provider or tool, by its id in package goal.
func Of(provider string) (Kind, bool) {
	kind, ok := map[string]Kind{
		"openai": OpenAI, "anthropic": Anthropic, "langfuse": Langfuse, "litellm": LiteLLM, "helicone": Helicone, "google": BigQuery,
	}[provider]
	return kind, ok
}

// Errors that tell the user what to do. After ErrTooLarge what was written is
// whole pages of the log, and of use.
var (
	ErrNoCredential = errors.New("no credential is stored for this source; store one in Secret Manager to let Netra fetch the log")
	ErrRefused      = errors.New("the source refused the credential; check that it is valid and may read usage")
	ErrTooLarge     = errors.New("the log is larger than the plan allows; fetch a shorter span")
	// ErrNoName means that Kind.Secret has no name for the user.
	ErrNoName = errors.New("no credential can be stored for a user id of this kind")
)

// Request says what to fetch.
type Request struct {
	Kind Kind
	// BaseURL is where a self-hosted source answers; "" is the vendor's address.
	BaseURL string
	// Credential is the key itself; Kind.Needs says which.
	Credential string
	// From and To bound the span, To left out.
	From, To time.Time
	// Table is the BigQuery table, project.dataset.table.
	Table string
	// MaxBytes and MaxPages bound what is fetched in all; 0 is DefaultMaxBytes
	// and DefaultMaxPages.
	MaxBytes int64
	MaxPages int64
}

// Bounds of a fetch that names none: 1 GiB, and more pages than any fetch of a
// few minutes can get.
const (
	DefaultMaxBytes = 1 << 30
	DefaultMaxPages = 20_000
)

// Cursor is how far a fetch has come. The zero Cursor is the beginning.
type Cursor struct {
	// Next is the source's own mark of the next page.
	Next string `json:"next,omitempty"`
	// Pages, Rows and Bytes count what was written; to go on, the log must be
	// cut to Bytes.
	Pages int64 `json:"pages"`
	Rows  int64 `json:"rows"`
	Bytes int64 `json:"bytes"`
	Done  bool  `json:"done"`
}

// page is one answer of a source.
type page struct {
	rows []json.RawMessage
	next string
	// wait says that the rows are not ready: next is to be asked for shortly.
	wait bool
	// pause is how long the source wants not to be asked again.
	pause time.Duration
}

// api is how one source is asked.
type api struct {
	base string
	// request makes the request for the page that token marks, "" the first.
	request func(ctx context.Context, r Request, base *url.URL, token string) (*http.Request, error)
	// read reads an answer.
	read func(body []byte, token string) (page, error)
	// instead is where to go on when the page is answered with the status; nil if
	// such an answer always ends the fetch.
	instead func(status int, token string) (next string, ok bool)
}

func apis() map[Kind]api {
	return map[Kind]api{
		OpenAI: openAIUsage(), Anthropic: anthropicUsage(), Langfuse: langfuse(), LiteLLM: liteLLM(), Helicone: helicone(), BigQuery: bigQuery(),
	}
}

// Client fetches logs. The zero Client is not usable; see New.
type Client struct {
	http  *http.Client
	sleep func(context.Context, time.Duration) error
}

// Fetch writes the log that r names to out from the page that at marks on, and
// calls saved after each page. It returns how far it came, also with an error.
func (c *Client) Fetch(ctx context.Context, r Request, at Cursor, out io.Writer, saved func(Cursor) error) (Cursor, error) {
	source, base, err := r.source()
	if err != nil || at.Done {
		return at, err
	}
	if r.Credential, err = c.token(ctx, r); err != nil {
		return at, err
	}
	for {
		p, err := c.page(ctx, source, r, base, at.Next)
		if err != nil {
			return at, fmt.Errorf("fetch page %d from %s: %w", at.Pages+1, r.Kind, err)
		}
		if p.wait {
			at.Next = p.next
		} else {
			if at, err = at.take(p, out, r); err != nil {
				return at, err
			}
			if err := saved(at); err != nil {
				return at, fmt.Errorf("save how far the fetch came: %w", err)
			}
		}
		if at.Done {
			return at, nil
		}
		if err := c.sleep(ctx, p.pause); err != nil {
			return at, err
		}
	}
}

func (r *Request) source() (api, *url.URL, error) {
	source, ok := apis()[r.Kind]
	switch {
	case !ok:
		return api{}, nil, setup("no connector is named %q", r.Kind)
	case r.Credential == "":
		return api{}, nil, ErrNoCredential
	case !r.To.After(r.From):
		return api{}, nil, setup("the span to fetch ends (%s) before it begins (%s)", r.To.Format(time.RFC3339), r.From.Format(time.RFC3339))
	}
	if r.MaxBytes <= 0 {
		r.MaxBytes = DefaultMaxBytes
	}
	if r.MaxPages <= 0 {
		r.MaxPages = DefaultMaxPages
	}
	text := r.BaseURL
	if text == "" {
		text = source.base
	}
	if text == "" {
		return api{}, nil, setup("%s is self-hosted: give the address at which it answers", r.Kind)
	}
	base, err := url.Parse(text)
	if err != nil || base.Host == "" {
		return api{}, nil, setup("the address %.100q is not a URL", text)
	}
	return source, base, nil
}

// take appends a page's rows as lines, whole pages only.
func (at Cursor) take(p page, out io.Writer, r Request) (Cursor, error) {
	var lines bytes.Buffer
	for _, row := range p.rows {
		if err := json.Compact(&lines, row); err != nil {
			return at, fmt.Errorf("read a row of the answer: %w", err)
		}
		lines.WriteByte('\n')
	}
	if at.Bytes+int64(lines.Len()) > r.MaxBytes || at.Pages >= r.MaxPages {
		return at, ErrTooLarge
	}
	if p.next != "" && p.next == at.Next {
		return at, fmt.Errorf("the source repeats the page %.60q", p.next)
	}
	if _, err := out.Write(lines.Bytes()); err != nil {
		return at, fmt.Errorf("store the log: %w", err)
	}
	return Cursor{
		Next: p.next, Pages: at.Pages + 1, Rows: at.Rows + int64(len(p.rows)), Bytes: at.Bytes + int64(lines.Len()), Done: p.next == "",
	}, nil
}

// page asks for one page and reads the answer.
func (c *Client) page(ctx context.Context, source api, r Request, base *url.URL, token string) (page, error) {
	got, err := c.do(ctx, func() (*http.Request, error) { return source.request(ctx, r, base, token) })
	var status *statusError
	if errors.As(err, &status) && source.instead != nil {
		if next, ok := source.instead(status.code, token); ok {
			return page{next: next, wait: true}, nil
		}
	}
	if err != nil {
		return page{}, err
	}
	p, err := source.read(got.body, token)
	if err != nil {
		return page{}, fmt.Errorf("read the answer: %w", err)
	}
	p.pause = got.pause
	if p.wait {
		p.pause = max(p.pause, time.Second)
	}
	return p, nil
}
