package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// paged is the answer of sources that mark the next page themselves.
type paged struct {
	Data     []json.RawMessage `json:"data"`
	HasMore  bool              `json:"has_more"`
	NextPage string            `json:"next_page"`
}

func readPaged(body []byte, _ string) (page, error) {
	var p paged
	if err := json.Unmarshal(body, &p); err != nil {
		return page{}, err
	}
	if !p.HasMore {
		p.NextPage = ""
	}
	return page{rows: p.Data, next: p.NextPage}, nil
}

// openAIUsage is GET /v1/organization/usage/completions, hourly buckets per
// model, project, key, batch and tier.
func openAIUsage() api {
	return api{base: "https://api.openai.com", read: readPaged,
		request: func(ctx context.Context, r Request, base *url.URL, token string) (*http.Request, error) {
			q := url.Values{
				"start_time": {strconv.FormatInt(r.From.Unix(), 10)}, "end_time": {strconv.FormatInt(r.To.Unix(), 10)},
				"bucket_width": {"1h"}, "limit": {"168"}, "group_by": {"model", "project_id", "api_key_id", "batch", "service_tier"},
			}
			setPage(q, token)
			return get(ctx, base, "v1/organization/usage/completions", q, bearer(r.Credential))
		}}
}

// anthropicUsage is GET /v1/organizations/usage_report/messages, hourly buckets.
func anthropicUsage() api {
	return api{base: "https://api.anthropic.com", read: readPaged,
		request: func(ctx context.Context, r Request, base *url.URL, token string) (*http.Request, error) {
			q := url.Values{
				"starting_at": {r.From.UTC().Format(time.RFC3339)}, "ending_at": {r.To.UTC().Format(time.RFC3339)},
				"bucket_width": {"1h"}, "limit": {"168"}, "group_by[]": {"model", "workspace_id", "api_key_id", "service_tier", "context_window"},
			}
			setPage(q, token)
			header := http.Header{"X-Api-Key": {r.Credential}, "Anthropic-Version": {"2023-06-01"}}
			return get(ctx, base, "v1/organizations/usage_report/messages", q, header)
		}}
}

func setPage(q url.Values, token string) {
	if token != "" {
		q.Set("page", token)
	}
}

// perPage is how many rows are asked for where the source lets one choose.
const perPage = 100

// langfuse is GET /api/public/observations, generations only.
func langfuse() api {
	return api{base: "https://cloud.langfuse.com",
		request: func(ctx context.Context, r Request, base *url.URL, token string) (*http.Request, error) {
			q := url.Values{
				"type": {"GENERATION"}, "limit": {strconv.Itoa(perPage)}, "page": {orFirst(token)},
				"fromStartTime": {r.From.UTC().Format(time.RFC3339)}, "toStartTime": {r.To.UTC().Format(time.RFC3339)},
			}
			req, err := get(ctx, base, "api/public/observations", q, http.Header{})
			if err != nil {
				return nil, err
			}
			public, secret, ok := bytes.Cut([]byte(r.Credential), []byte(":"))
			if !ok {
				return nil, errors.New("the Langfuse credential must be the public key, a colon and the secret key")
			}
			req.SetBasicAuth(string(public), string(secret))
			return req, nil
		},
		read: func(body []byte, token string) (page, error) {
			var p struct {
				Data []json.RawMessage `json:"data"`
				Meta struct {
					TotalPages int `json:"totalPages"`
				} `json:"meta"`
			}
			err := json.Unmarshal(body, &p)
			return numbered(p.Data, token, p.Meta.TotalPages), err
		}}
}

// liteLLM is GET /spend/logs/v2 of the user's own proxy.
func liteLLM() api {
	const layout = "2006-01-02 15:04:05"
	return api{
		request: func(ctx context.Context, r Request, base *url.URL, token string) (*http.Request, error) {
			q := url.Values{
				"start_date": {r.From.UTC().Format(layout)}, "end_date": {r.To.UTC().Format(layout)},
				"page": {orFirst(token)}, "page_size": {strconv.Itoa(perPage)},
			}
			return get(ctx, base, "spend/logs/v2", q, bearer(r.Credential))
		},
		read: func(body []byte, token string) (page, error) {
			var p struct {
				Data       []json.RawMessage `json:"data"`
				TotalPages int               `json:"total_pages"`
			}
			err := json.Unmarshal(body, &p)
			return numbered(p.Data, token, p.TotalPages), err
		}}
}

func orFirst(token string) string {
	if token == "" {
		return "1"
	}
	return token
}

// numbered is a page of a source that numbers its pages from 1.
func numbered(rows []json.RawMessage, token string, total int) page {
	at, err := strconv.Atoi(orFirst(token))
	if err != nil || at >= total || len(rows) == 0 {
		return page{rows: rows}
	}
	return page{rows: rows, next: strconv.Itoa(at + 1)}
}

// heliconePage is the most rows that Helicone gives at once.
const heliconePage = 1000

// helicone is POST /v1/request/query-clickhouse, oldest first.
func helicone() api {
	return api{base: "https://api.helicone.ai",
		request: func(ctx context.Context, r Request, base *url.URL, token string) (*http.Request, error) {
			offset, err := strconv.Atoi("0" + token)
			if err != nil {
				return nil, fmt.Errorf("go on from %.20q: %w", token, err)
			}
			span := map[string]string{"gte": r.From.UTC().Format(time.RFC3339), "lt": r.To.UTC().Format(time.RFC3339)}
			body, err := json.Marshal(map[string]any{
				"filter": map[string]any{"request_response_rmt": map[string]any{"request_created_at": span}},
				"sort":   map[string]string{"created_at": "asc"}, "offset": offset, "limit": heliconePage,
			})
			if err != nil {
				return nil, err
			}
			return post(ctx, base, "v1/request/query-clickhouse", body, bearer(r.Credential))
		},
		read: func(body []byte, token string) (page, error) {
			var p struct {
				Data  []json.RawMessage `json:"data"`
				Error string            `json:"error"`
			}
			if err := json.Unmarshal(body, &p); err != nil {
				return page{}, err
			}
			if p.Error != "" {
				return page{}, fmt.Errorf("the source reports: %.200s", p.Error)
			}
			if len(p.Data) < heliconePage {
				return page{rows: p.Data}, nil
			}
			offset, err := strconv.Atoi("0" + token)
			return page{rows: p.Data, next: strconv.Itoa(offset + len(p.Data))}, err
		}}
}

func post(ctx context.Context, base *url.URL, path string, body []byte, header http.Header) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base.JoinPath(path).String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", withoutURL(err))
	}
	header.Set("Content-Type", "application/json")
	req.Header = header
	return req, nil
}
