package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"netra/shared/pricing"
	"netra/shared/usage"
)

// buildDuckDB builds the other side of the comparison, from its own module.
func (b *bench) buildDuckDB(ctx context.Context) error {
	b.duckdb = filepath.Join(b.dir, "duckdb")
	cmd := exec.CommandContext(ctx, "go", "build", "-C", filepath.Join("scripts", "bench", "duckdb"), "-o", b.duckdb, ".")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the DuckDB side (run from the top of the repository): %w: %s", err, text)
	}
	return nil
}

// comparison holds the best times of both sides, in seconds.
type comparison struct{ ours, theirs, peakMB float64 }

func (c comparison) ratio() float64 { return c.ours / c.theirs }

// compare runs both sides in turn. DuckDB's run that counts is its second: the
// first opens the file for the first time.
func (b *bench) compare(ctx context.Context, work []string, query string, setup []string) (comparison, error) {
	var ours, theirs []float64
	var c comparison
	for range b.repeat {
		t, err := b.alone(ctx, work...)
		if err != nil {
			return c, err
		}
		ours = append(ours, t.Seconds)
		c.peakMB = max(c.peakMB, t.PeakMB)
		seconds, err := b.query(ctx, query, setup)
		if err != nil {
			return c, err
		}
		theirs = append(theirs, seconds)
	}
	c.ours, c.theirs = slices.Min(ours), slices.Min(theirs)
	return c, nil
}

// alone runs a piece of work in a process of its own.
func (b *bench) alone(ctx context.Context, work ...string) (took, error) {
	self, err := os.Executable()
	if err != nil {
		return took{}, err
	}
	var t took
	return t, output(exec.CommandContext(ctx, self, append([]string{"-work"}, work...)...), nil, &t)
}

func (b *bench) query(ctx context.Context, query string, setup []string) (float64, error) {
	job, err := json.Marshal(map[string]any{"setup": setup, "query": query, "repeat": 2})
	if err != nil {
		return 0, err
	}
	var t struct {
		Seconds []float64 `json:"seconds"`
		Rows    int       `json:"rows"`
	}
	if err := output(exec.CommandContext(ctx, b.duckdb), job, &t); err != nil {
		return 0, err
	}
	if t.Rows == 0 {
		return 0, errors.New("DuckDB found no rows")
	}
	return t.Seconds[1], nil
}

// output runs a command and reads the JSON that it prints.
func output(cmd *exec.Cmd, in []byte, v any) error {
	var out, diagnostics bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &diagnostics
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, diagnostics.String())
	}
	return json.Unmarshal(out.Bytes(), v)
}

// sumsOverLog sums tokens and cost per model in the raw log.
func sumsOverLog(log string) string {
	return fmt.Sprintf("select model, count(*), sum(prompt_tokens), sum(completion_tokens), sum(spend) from read_json('%s', format='newline_delimited') group by model", log)
}

const tokenSums = "sum(input_tokens), sum(cache_read_tokens), sum(cache_write_5m_tokens), sum(cache_write_1h_tokens), sum(output_tokens), sum(reasoning_tokens)"

// plainSums sums tokens and logged costs per model.
func plainSums(data string) string {
	return fmt.Sprintf("select model, count(*), %s, sum(reported_cost) from read_parquet('%s') group by model", tokenSums, data)
}

// allSums adds up every column that a replay reads, per model: what it takes DuckDB
// to look at the same data.
func allSums(data string) string {
	return fmt.Sprintf(`select model, count(*), %s, sum(reported_cost), max("time"), max(provider), max(tag), max("user"), max(tier), max(status),
		bool_and(cache_told), sum(audio_input_tokens), sum(audio_output_tokens), sum(web_searches), sum(calls), sum(weight), sum(latency_ms),
		sum(ttft_ms), max(currency), max(prefix_hash), sum(prompt_back), sum(session_back), sum(list_sum(prefix_back)), sum(list_sum(prefix_tokens))
		from read_parquet('%s') group by model`, tokenSums, data)
}

// sumsOverData sums tokens and cost per model: the logged cost, or where there is
// none the tokens at the prices of a table.
func sumsOverData(data string) (setup []string, query string, err error) {
	book, err := pricing.Embedded()
	if err != nil {
		return nil, "", err
	}
	var rows []string
	for _, m := range models() {
		ref, ok := book.Resolve(m[0], m[1])
		rates, priced := book.Rates(ref, start, usage.Standard)
		if !ok || !priced {
			return nil, "", fmt.Errorf("the price book has no price for %v", m)
		}
		r := rates.Base
		rows = append(rows, fmt.Sprintf("('%s','%s',%g,%g,%g,%g,%g)", m[0], m[1], r.Input, r.CacheRead, r.CacheWrite5m, r.CacheWrite1h, r.Output))
	}
	setup = []string{"create table prices as select * from (values " + strings.Join(rows, ",") + ") t(provider, model, p_in, p_read, p_w5, p_w1, p_out)"}
	query = fmt.Sprintf(`select c.model, count(*), %s, sum(coalesce(reported_cost, input_tokens*p_in + cache_read_tokens*p_read
		+ cache_write_5m_tokens*p_w5 + cache_write_1h_tokens*p_w1 + output_tokens*p_out))
		from read_parquet('%s') c join prices p on c.provider = p.provider and c.model = p.model group by c.model`, tokenSums, data)
	return setup, query, nil
}
