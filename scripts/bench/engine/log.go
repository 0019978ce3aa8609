package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"netra/shared/usage"
)

// writeLog writes made-up calls as LiteLLM spend logs, JSON Lines.
func writeLog(name string, n int) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 1<<20)
	src := newTraffic(n, 1)
	batch := make([]usage.Call, 512)
	for {
		k, err := src.Read(batch)
		for i := range batch[:k] {
			writeLine(w, &batch[i])
		}
		if errors.Is(err, io.EOF) {
			break
		}
	}
	return errors.Join(w.Flush(), file.Close())
}

func writeLine(w *bufio.Writer, c *usage.Call) {
	const layout = "2006-01-02T15:04:05.000000Z"
	at := time.UnixMicro(c.Time).UTC()
	end := at.Add(time.Duration(max(c.LatencyMS, 500)) * time.Millisecond)
	fmt.Fprintf(w, `{"request_id":"req-%d","call_type":"acompletion","spend":%g,"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d,`+
		`"startTime":"%s","endTime":"%s","model":"%s","custom_llm_provider":"%s","user":"%s","session_id":"%s","request_tags":["%s"],"status":"success"}`+"\n",
		c.Line, c.ReportedCost, c.Prompt(), c.Output, c.Prompt()+c.Output, at.Format(layout), end.Format(layout), c.Model, c.Provider, c.User, c.Session, c.Tag)
}
