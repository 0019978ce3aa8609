// Command duckdb times a query in DuckDB for the benchmarks. It is a module of
// its own, so that nothing of Netra links DuckDB.
//
// It reads {"setup": [statements], "query": statement, "repeat": n} from standard
// input and writes {"seconds": [of each run], "rows": n}. All rows of the answer
// are read.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the driver
)

type job struct {
	Setup  []string `json:"setup"`
	Query  string   `json:"query"`
	Repeat int      `json:"repeat"`
}

type times struct {
	Seconds []float64 `json:"seconds"`
	Rows    int       `json:"rows"`
}

func main() {
	if err := realMain(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "duckdb:", err)
		os.Exit(1)
	}
}

func realMain(ctx context.Context) error {
	var j job
	if err := json.NewDecoder(os.Stdin).Decode(&j); err != nil {
		return fmt.Errorf("read the job: %w", err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	for _, statement := range j.Setup {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	var t times
	for range j.Repeat {
		start := time.Now()
		if t.Rows, err = count(ctx, db, j.Query); err != nil {
			return fmt.Errorf("%s: %w", j.Query, err)
		}
		t.Seconds = append(t.Seconds, time.Since(start).Seconds())
	}
	return json.NewEncoder(os.Stdout).Encode(t)
}

// count runs a query and reads its rows.
func count(ctx context.Context, db *sql.DB, query string) (int, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}
