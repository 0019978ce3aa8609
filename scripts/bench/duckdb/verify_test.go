package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// report is what is held against the queries.
type report struct {
	Log struct {
		InputTokens float64 `json:"input_tokens"`
	}
	Spend struct {
		USD   float64
		ByDay []struct {
			Key   string `json:"day"`
			Calls float64
			USD   float64 `json:"cost_usd"`
		} `json:"by_day"`
	}
	Plan struct {
		After float64 `json:"cost_after_usd"`
	}
	Hits struct {
		Responses []struct{ Share float64 }
	} `json:"cache_hits"`
}

// row is a row of an answer by column.
type row map[string]any

// TestVerifySQLAgreesWithTheReport makes a plan from a log on which every lever whose
// check is a query has something to save, and runs the queries of that plan on the log
// itself: what they find must be what the report says of it.
func TestVerifySQLAgreesWithTheReport(t *testing.T) {
	dir := t.TempDir()
	log, mapping, calls := filepath.Join(dir, "log.jsonl"), filepath.Join(dir, "mapping.json"), filepath.Join(dir, "calls.parquet")
	writeLog(t, log)
	if err := os.WriteFile(mapping, []byte(columns), 0o600); err != nil {
		t.Fatal(err)
	}
	netra := filepath.Join(dir, "netra")
	command(t, "go", "build", "-C", filepath.Join("..", "..", ".."), "-o", netra, "./scripts/netra")
	command(t, netra, "simulate", log, "--mapping", mapping, "--out", dir, "--goal", "cut our LLM cost; nightly can wait")
	command(t, netra, "inspect", log, "--mapping", mapping, "--parquet", calls)
	db := open(t, calls)
	answers := map[string][]row{}
	for _, s := range statements(t, filepath.Join(dir, "verify.sql")) {
		answers[named(s)] = ask(t, db, s)
	}
	for _, lever := range []string{"The bill", "waste", "response-cache", "prompt-cache", "batch", "output", "newer-model", "service-tier"} {
		if len(answers[lever]) == 0 {
			t.Errorf("%s: no rows, or no query", lever)
		}
	}
	checkBill(t, answers["The bill"], read(t, dir))
	checkShares(t, answers, read(t, dir))
}

// named is how a query's comment calls it.
func named(statement string) string {
	for line := range strings.Lines(statement) {
		if name, _, ok := strings.Cut(strings.TrimPrefix(line, "-- "), ": "); ok && strings.HasPrefix(line, "-- ") {
			return name
		}
	}
	return ""
}

func checkBill(t *testing.T, days []row, r report) {
	t.Helper()
	if len(days) != len(r.Spend.ByDay) {
		t.Fatalf("%d days, the report has %d", len(days), len(r.Spend.ByDay))
	}
	var usd, calls float64
	for i, want := range r.Spend.ByDay {
		if day := days[i]["day"].(time.Time).Format(time.DateOnly); day != want.Key {
			t.Errorf("day %s, the report has %s", day, want.Key)
		}
		same(t, want.Key+" calls", number(t, days[i]["calls"]), want.Calls)
		same(t, want.Key+" cost", number(t, days[i]["cost_usd"]), want.USD)
		usd, calls = usd+number(t, days[i]["cost_usd"]), calls+number(t, days[i]["calls"])
	}
	same(t, "cost", usd, r.Spend.USD)
	same(t, "cost before", number(t, days[0]["before_usd_per_1000"]), rounded(1000*usd/calls))
	same(t, "cost of the plan", number(t, days[0]["plan_usd_per_1000"]), rounded(1000*r.Plan.After/calls))
	same(t, "calls without a price", number(t, days[0]["unpriced_calls"]), 1)
}

func checkShares(t *testing.T, answers map[string][]row, r report) {
	t.Helper()
	var prompt, read float64
	for _, model := range answers["prompt-cache"] {
		prompt, read = prompt+number(t, model["prompt_tokens"]), read+number(t, model["read_tokens"])
	}
	same(t, "prompt tokens", prompt, r.Log.InputTokens)
	want := 0.0
	for _, c := range traffic() {
		if tokens, ok := c["cached_tokens"].(int); ok {
			want += float64(tokens)
		}
	}
	same(t, "read tokens", read, want)
	repeats := r.Hits.Responses[len(r.Hits.Responses)-1].Share
	same(t, "repeats", number(t, answers["response-cache"][0]["repeats"]), repeats)
	same(t, "repeats before", number(t, answers["response-cache"][0]["before_repeats"]), rounded(repeats))
	if paid := number(t, answers["response-cache"][0]["repeats_paid_for"]); !(paid > 0 && repeats-paid > 0.003) {
		t.Errorf("repeats paid for %g, all %g: one in 300 calls was served by a cache", paid, repeats)
	}
	twice := answers["waste"][0]
	same(t, "sent twice", number(t, twice["sent_twice"])*number(t, twice["calls"]), 9*40)
	for _, class := range answers["output"] {
		if class["tag"] == "draft" && !(number(t, class["longest_answer"]) > number(t, class["plan_longest_answer"])) {
			t.Errorf("%v: the cap is to be below the longest answer", class)
		}
	}
	if waits := answers["batch"][0]; waits["tag"] != "nightly" || number(t, waits["calls"]) != 9*40 || number(t, waits["delayed_share"]) != 0 {
		t.Errorf("%v: all calls that can wait are of the standard tier", waits)
	}
}

// same compares two figures up to the order of additions.
func same(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*math.Abs(want) {
		t.Errorf("%s: %.12g, the report has %.12g", what, got, want)
	}
}

// rounded has the four digits that the file's constants have.
func rounded(v float64) float64 {
	r, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64)
	return r
}

// number reads a figure of any of the database's types.
func number(t *testing.T, v any) float64 {
	t.Helper()
	switch n := v.(type) {
	case float64:
		return n
	case interface{ Float64() float64 }:
		return n.Float64()
	}
	f, err := strconv.ParseFloat(fmt.Sprint(v), 64)
	if err != nil {
		t.Fatalf("%v (%T) is no number", v, v)
	}
	return f
}

func read(t *testing.T, dir string) (r report) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if text, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, text)
	}
}

// writeLog writes nine days of calls of every kind.
func writeLog(t *testing.T, name string) {
	t.Helper()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	encoder := json.NewEncoder(file)
	for _, c := range traffic() {
		if err := encoder.Encode(c); err != nil {
			t.Fatal(err)
		}
	}
}

// columns maps the log's columns by name: only so is a call that a cache of one's own
// served told from one that read the provider's.
const columns = `{"cached_inside": true, "fields": {"time": "timestamp", "provider": "provider", "model": "model", "tag": "tag",
	"session": "session", "prompt": "prompt", "input_tokens": "input_tokens", "cache_read_tokens": "cached_tokens",
	"output_tokens": "output_tokens", "latency_ms": "latency_ms", "tier": "service_tier", "cost": "cost", "currency": "currency", "cache_hit": "cache_hit"}}`

type call map[string]any

func traffic() []call {
	var out []call
	add := func(day, minute int, c call) {
		c["timestamp"] = time.Date(2026, 5, 4+day, 0, minute, 0, 0, time.UTC).Format(time.RFC3339)
		out = append(out, c)
	}
	for day := range 9 {
		for i := range 40 {
			n := fmt.Sprintf("%d-%d", day, i)
			// Nobody waits for these.
			add(day, 60+2*i, call{"provider": "openai", "model": "gpt-4o", "tag": "nightly", "session": "n" + n, "prompt": "label " + n, "input_tokens": 3000, "output_tokens": 60, "latency_ms": 900})
			// The same questions every day, and each twice within seconds.
			for range 2 {
				add(day, 600+8*i, call{"provider": "openai", "model": "gpt-4o-mini", "tag": "faq", "prompt": fmt.Sprint("question ", i%10), "input_tokens": 400, "cached_tokens": 100, "output_tokens": 200, "latency_ms": 700})
			}
			// A long start that is not marked for the cache.
			add(day, 601+8*i, call{"provider": "anthropic", "model": "claude-sonnet-4-5", "tag": "agent", "session": "a" + n, "prompt": strings.Repeat("Rules of the house. ", 900) + n, "input_tokens": 4500, "output_tokens": 150 + i, "latency_ms": 2000})
			// Speed that is paid for; the log says what these cost.
			add(day, 602+8*i, call{"provider": "openai", "model": "gpt-4o", "tag": "chat", "service_tier": "priority", "session": "c" + n, "prompt": "hello " + n, "input_tokens": 1000, "output_tokens": 100, "latency_ms": 500, "cost": 0.006})
			// An old model, and now and then a very long answer.
			tokens := 120
			if i == 7 && day%4 == 0 {
				tokens = 6000
			}
			add(day, 603+8*i, call{"provider": "openai", "model": "gpt-4-turbo", "tag": "draft", "prompt": "draft " + n, "input_tokens": 800, "output_tokens": tokens, "latency_ms": 4000})
			// Short and long prompts have two prices.
			add(day, 604+8*i, call{"provider": "google", "model": "gemini-2.5-pro", "tag": "read", "prompt": "book " + n, "input_tokens": 199_000 + 100*i, "output_tokens": 300, "latency_ms": 9000})
		}
		add(day, 1400, call{"provider": "house", "model": "ours", "tag": "chat", "prompt": fmt.Sprint("x", day), "input_tokens": 500, "output_tokens": 50})
		add(day, 1401, call{"provider": "openai", "model": "gpt-4o-mini", "tag": "faq", "prompt": "question 1", "input_tokens": 400, "output_tokens": 200, "cache_hit": true, "latency_ms": 5})
		add(day, 1402, call{"provider": "openai", "model": "gpt-4o-mini", "tag": "faq", "prompt": fmt.Sprint("y", day), "input_tokens": 400, "output_tokens": 200, "cost": 2.5, "currency": "EUR"})
	}
	add(8, 1403, call{"provider": "openai", "model": "gpt-4o", "tag": "chat", "prompt": "broken", "input_tokens": 1000, "output_tokens": 100, "cost": 9999})
	return out
}

func open(t *testing.T, calls string) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1) // the file's time zone is one connection's
	if _, err := db.ExecContext(t.Context(), "create view calls as select * from '"+calls+"'"); err != nil {
		t.Fatal(err)
	}
	return db
}

// statements splits a file of queries; no literal of this log has a semicolon.
func statements(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for s := range strings.SplitSeq(string(text), ";\n") {
		if strings.TrimSpace(s) != "" {
			out = append(out, s)
		}
	}
	return out
}

// ask runs a statement.
func ask(t *testing.T, db *sql.DB, query string) []row {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []row
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		one := row{}
		for i, name := range names {
			one[name] = values[i]
		}
		out = append(out, one)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return out
}
