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

// Errors that tell the user what to do.
var (
	ErrNoCredential = errors.New("no credential is stored for this source; store one in Secret Manager to let Netra fetch the log")
	ErrRefused      = errors.New("the source refused the credential; check that it is valid and may read usage")
	ErrTooLarge     = errors.New("the log is larger than the plan allows; fetch a shorter span")
)

// Request says what to fetch.
type Request struct {
	Kind Kind
	// BaseURL is where a self-hosted source answers; "" is the vendor's address.
	BaseURL string
	// Credential is the secret's value: an admin or API key, "public:secret"
	// for Langfuse, an OAuth access token for BigQuery.
	Credential string
	// From and To bound the span, To left out.
	From, To time.Time
	// Table is the BigQuery table, project.dataset.table.
	Table string
	// MaxBytes bounds what is written in all; 0 is DefaultMaxBytes.
	MaxBytes int64
}

// DefaultMaxBytes bounds a fetch that names no bound: 1 GiB.
const DefaultMaxBytes = 1 << 30

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
}

// api is how one source is asked.
type api struct {
	base string
	// request makes the request for the page that token marks, "" the first.
	request func(ctx context.Context, r Request, base *url.URL, token string) (*http.Request, error)
	// read reads an answer.
	read func(body []byte, token string) (page, error)
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
	if err != nil {
		return at, err
	}
	for !at.Done {
		p, err := c.page(ctx, source, r, base, at.Next)
		if err != nil {
			return at, fmt.Errorf("fetch page %d from %s: %w", at.Pages+1, r.Kind, err)
		}
		if p.wait {
			if err := c.sleep(ctx, time.Second); err != nil {
				return at, err
			}
			at.Next = p.next
			continue
		}
		next, err := at.write(p, out, r.MaxBytes)
		if err != nil {
			return at, err
		}
		at = next
		if err := saved(at); err != nil {
			return at, fmt.Errorf("save how far the fetch came: %w", err)
		}
	}
	return at, nil
}

func (r *Request) source() (api, *url.URL, error) {
	source, ok := apis()[r.Kind]
	switch {
	case !ok:
		return api{}, nil, fmt.Errorf("no connector is named %q", r.Kind)
	case r.Credential == "":
		return api{}, nil, ErrNoCredential
	case !r.To.After(r.From):
		return api{}, nil, fmt.Errorf("the span to fetch ends (%s) before it begins (%s)", r.To.Format(time.RFC3339), r.From.Format(time.RFC3339))
	}
	if r.MaxBytes <= 0 {
		r.MaxBytes = DefaultMaxBytes
	}
	text := r.BaseURL
	if text == "" {
		text = source.base
	}
	if text == "" {
		return api{}, nil, fmt.Errorf("%s is self-hosted: give the address at which it answers", r.Kind)
	}
	base, err := url.Parse(text)
	if err != nil || base.Host == "" {
		return api{}, nil, fmt.Errorf("the address %.100q is not a URL", text)
	}
	return source, base, nil
}

// write appends a page's rows as lines, whole pages only.
func (at Cursor) write(p page, out io.Writer, limit int64) (Cursor, error) {
	var lines bytes.Buffer
	for _, row := range p.rows {
		if err := json.Compact(&lines, row); err != nil {
			return at, fmt.Errorf("read a row of the answer: %w", err)
		}
		lines.WriteByte('\n')
	}
	if at.Bytes+int64(lines.Len()) > limit {
		return at, ErrTooLarge
	}
	if _, err := out.Write(lines.Bytes()); err != nil {
		return at, fmt.Errorf("store the log: %w", err)
	}
	if p.next != "" && p.next == at.Next {
		return at, fmt.Errorf("the source repeats the page %.60q", p.next)
	}
	return Cursor{
		Next: p.next, Pages: at.Pages + 1, Rows: at.Rows + int64(len(p.rows)), Bytes: at.Bytes + int64(lines.Len()), Done: p.next == "",
	}, nil
}

// page asks for one page and reads the answer.
func (c *Client) page(ctx context.Context, source api, r Request, base *url.URL, token string) (page, error) {
	body, err := c.do(ctx, func() (*http.Request, error) { return source.request(ctx, r, base, token) })
	if err != nil {
		return page{}, err
	}
	p, err := source.read(body, token)
	if err != nil {
		return page{}, fmt.Errorf("read the answer: %w", err)
	}
	return p, nil
}
