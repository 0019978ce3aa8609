package connector

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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
// model, project, key, batch and tier; at most 168 hours a page.
// https://developers.openai.com/api/reference/resources/admin/subresources/organization/subresources/usage
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

// anthropicUsage is GET /v1/organizations/usage_report/messages, hourly buckets,
// at most 168 a page.
// https://platform.claude.com/docs/en/api/admin-api/usage-cost/get-messages-usage-report
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

// langfuse is GET /api/public/v2/observations, generations only, newest first,
// paged by a cursor. A page may be short or empty and still have a cursor
// (https://langfuse.com/changelog/2026-11-03-observations-api-continuation).
// Servers before version 4 answer 404 or 501: they are asked by the older GET
// /api/public/observations, paged by number. A mark is "cursor:..." or "page:N".
// https://github.com/langfuse/langfuse/blob/main/fern/apis/server/definition/observations.yml
func langfuse() api {
	return api{base: "https://cloud.langfuse.com", request: askLangfuse, read: readLangfuse,
		instead: func(status int, token string) (string, bool) {
			return "page:1", token == "" && (status == http.StatusNotFound || status == http.StatusNotImplemented)
		}}
}

func askLangfuse(ctx context.Context, r Request, base *url.URL, token string) (*http.Request, error) {
	q := url.Values{
		"type":          {"GENERATION"},
		"fromStartTime": {r.From.UTC().Format(time.RFC3339)}, "toStartTime": {r.To.UTC().Format(time.RFC3339)},
	}
	path := "api/public/v2/observations"
	if number, old := strings.CutPrefix(token, "page:"); old {
		path = "api/public/observations"
		q.Set("page", number)
		q.Set("limit", "100") // the most that it gives
	} else {
		q.Set("fields", "core,basic,time,io,model,usage,prompt,metrics,trace_context")
		q.Set("limit", "200") // it gives 1000, but prompts may be long
		if cursor, ok := strings.CutPrefix(token, "cursor:"); ok {
			q.Set("cursor", cursor)
		}
	}
	req, err := get(ctx, base, path, q, http.Header{})
	if err != nil {
		return nil, err
	}
	public, secret, ok := strings.Cut(r.Credential, ":")
	if !ok {
		return nil, fmt.Errorf("%w: the Langfuse credential must be the public key, a colon and the secret key", ErrRefused)
	}
	req.SetBasicAuth(public, secret)
	return req, nil
}

func readLangfuse(body []byte, token string) (page, error) {
	var p struct {
		Data []json.RawMessage `json:"data"`
		Meta struct {
			Cursor     string `json:"cursor"`
			TotalPages int    `json:"totalPages"`
		} `json:"meta"`
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return page{}, err
	}
	next := page{rows: p.Data}
	if number, old := strings.CutPrefix(token, "page:"); old {
		at, err := strconv.Atoi(number)
		if err == nil && at < p.Meta.TotalPages && len(p.Data) > 0 {
			next.next = "page:" + strconv.Itoa(at+1)
		}
		return next, err
	}
	if p.Meta.Cursor != "" {
		next.next = "cursor:" + p.Meta.Cursor
	}
	return next, nil
}

// liteLLMPage is the most rows that LiteLLM gives at once, and liteLLMCap where
// it stops counting: from there on its total_pages is not the number of pages
// (SPEND_LOGS_PAGINATION_COUNT_CAP in its spend_management_endpoints.py).
const (
	liteLLMPage = 100
	liteLLMCap  = 10_000
)

// liteLLM is GET /spend/logs/v2 of the user's own proxy, oldest first, so that
// rows that come in meanwhile move none of those before.
func liteLLM() api {
	const layout = "2006-01-02 15:04:05" // the only one that it reads, in UTC
	return api{
		request: func(ctx context.Context, r Request, base *url.URL, token string) (*http.Request, error) {
			q := url.Values{
				"start_date": {r.From.UTC().Format(layout)}, "end_date": {r.To.UTC().Format(layout)},
				"page": {cmp.Or(token, "1")}, "page_size": {strconv.Itoa(liteLLMPage)},
				"sort_by": {"startTime"}, "sort_order": {"asc"},
			}
			return get(ctx, base, "spend/logs/v2", q, bearer(r.Credential))
		},
		read: readLiteLLM,
	}
}

func readLiteLLM(body []byte, token string) (page, error) {
	var p struct {
		Data       []json.RawMessage `json:"data"`
		Total      int               `json:"total"`
		PageSize   int               `json:"page_size"`
		TotalPages int               `json:"total_pages"`
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return page{}, err
	}
	at, err := strconv.Atoi(cmp.Or(token, "1"))
	counted := p.Total < liteLLMCap && at >= p.TotalPages
	if err != nil || counted || len(p.Data) < p.PageSize || len(p.Data) == 0 {
		return page{rows: p.Data}, err
	}
	return page{rows: p.Data, next: strconv.Itoa(at + 1)}, nil
}

// heliconePage is the most rows that Helicone gives at once.
const heliconePage = 1000

// helicone is POST /v1/request/query-clickhouse, its endpoint for bulk exports,
// oldest first. Rows hold no prompts, only addresses of them.
// https://docs.helicone.ai/rest/request/post-v1requestquery-clickhouse
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
