package dataset

import (
	"bufio"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/s2"
	"netra/shared/usage"
)

// spilled is the form of a call in a scratch file.
type spilled struct {
	Key, Seq int64
	Call     usage.Call
}

// writeRun writes sorted calls to a file in dir and returns its name.
func writeRun(dir string, calls []dated) (string, error) {
	f, err := os.CreateTemp(dir, "run-")
	if err != nil {
		return "", fmt.Errorf("sort the log: %w", err)
	}
	packed := s2.NewWriter(f, s2.WriterConcurrency(1))
	enc := gob.NewEncoder(packed)
	for i := range calls {
		if err := enc.Encode(spilled{calls[i].key, calls[i].seq, calls[i].call}); err != nil {
			return "", errors.Join(fmt.Errorf("sort the log: %w", err), f.Close())
		}
	}
	if err := errors.Join(packed.Close(), f.Close()); err != nil {
		return "", fmt.Errorf("sort the log: %w", err)
	}
	return f.Name(), nil
}

// run reads a file of writeRun call by call.
type run struct {
	file *os.File
	dec  *gob.Decoder
	head dated
}

func openRun(name string) (*run, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("sort the log: %w", err)
	}
	return &run{file: f, dec: gob.NewDecoder(bufio.NewReader(s2.NewReader(f)))}, nil
}

// next moves head to the run's next call; io.EOF after the last one.
func (r *run) next() error {
	var s spilled
	switch err := r.dec.Decode(&s); {
	case errors.Is(err, io.EOF):
		return io.EOF
	case err != nil:
		return fmt.Errorf("sort the log: read a run: %w", err)
	}
	r.head = dated{s.Key, s.Seq, s.Call}
	return nil
}

func (r *run) close() error { return r.file.Close() }
