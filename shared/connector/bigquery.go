package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// tableName is a BigQuery table, project.dataset.table. The name goes into the
// text of a query, so nothing else is let through.
var tableName = regexp.MustCompile(`^([a-z][a-z0-9-]{4,60}[a-z0-9])\.([A-Za-z0-9_]{1,300})\.([A-Za-z0-9_-]{1,300})$`)

// bigQuery runs one query over the table of Vertex AI's request-response
// logging and pages through its rows (jobs.query, then jobs.getQueryResults).
// A page is marked by job, location and page token; a query's rows can be paged
// through for a day.
// https://docs.cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults
func bigQuery() api {
	return api{base: "https://bigquery.googleapis.com",
		request: func(ctx context.Context, r Request, base *url.URL, token string) (*http.Request, error) {
			name := tableName.FindStringSubmatch(r.Table)
			if name == nil {
				return nil, setup("the table %.100q is not project.dataset.table", r.Table)
			}
			path := "bigquery/v2/projects/" + name[1] + "/queries"
			if token == "" {
				body, err := query(r)
				if err != nil {
					return nil, err
				}
				return post(ctx, base, path, body, bearer(r.Credential))
			}
			mark := strings.SplitN(token, " ", 3)
			if len(mark) != 3 {
				return nil, fmt.Errorf("go on from %.60q: not a page of BigQuery", token)
			}
			q := url.Values{"location": {mark[1]}, "maxResults": {strconv.Itoa(bigQueryPage)}}
			if mark[2] != "" {
				q.Set("pageToken", mark[2])
			}
			return get(ctx, base, path+"/"+url.PathEscape(mark[0]), q, bearer(r.Credential))
		},
		read: readBigQuery}
}

// bigQueryPage is how many rows are asked for: bodies are large, an answer is bounded.
const bigQueryPage = 500

func query(r Request) ([]byte, error) {
	parameter := func(name string, at time.Time) map[string]any {
		return map[string]any{"name": name, "parameterType": map[string]string{"type": "TIMESTAMP"},
			"parameterValue": map[string]string{"value": at.UTC().Format(time.RFC3339)}}
	}
	return json.Marshal(map[string]any{
		"query":        "SELECT TO_JSON_STRING(t) FROM `" + r.Table + "` AS t WHERE logging_time >= @from AND logging_time < @to ORDER BY logging_time",
		"useLegacySql": false, "parameterMode": "NAMED", "maxResults": bigQueryPage, "timeoutMs": 30_000,
		"queryParameters": []any{parameter("from", r.From), parameter("to", r.To)},
		// What the query may cost the user at most: 100 GiB scanned.
		"maximumBytesBilled": strconv.FormatInt(100<<30, 10),
	})
}

func readBigQuery(body []byte, _ string) (page, error) {
	var a struct {
		JobComplete  bool   `json:"jobComplete"`
		PageToken    string `json:"pageToken"`
		JobReference struct {
			JobID    string `json:"jobId"`
			Location string `json:"location"`
		} `json:"jobReference"`
		Rows []struct {
			F []struct {
				V string `json:"v"`
			} `json:"f"`
		} `json:"rows"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return page{}, err
	}
	mark := a.JobReference.JobID + " " + a.JobReference.Location + " " + a.PageToken
	if !a.JobComplete {
		return page{next: mark, wait: true}, nil
	}
	p := page{}
	for _, row := range a.Rows {
		if len(row.F) != 1 {
			return page{}, fmt.Errorf("a row has %d columns where the query asked for one", len(row.F))
		}
		p.rows = append(p.rows, json.RawMessage(row.F[0].V))
	}
	if a.PageToken != "" {
		p.next = mark
	}
	return p, nil
}
