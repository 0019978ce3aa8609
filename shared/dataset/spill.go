package dataset

import (
	"bufio"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/s2"
	"netra/shared/usage"
)

// Scratch is room for the files of one sort. It must not be memory: a log of ten
// million calls takes about a gigabyte of it.
type Scratch interface {
	// Create starts a file, which is there once it is closed.
	Create(ctx context.Context, name string) (io.WriteCloser, error)
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// Clear removes all files.
	Clear(ctx context.Context) error
}

// Folder is a directory as Scratch; Clear removes it.
type Folder string

// Create starts a file.
func (f Folder) Create(_ context.Context, name string) (io.WriteCloser, error) {
	return os.Create(filepath.Join(string(f), name))
}

// Open reads a file.
func (f Folder) Open(_ context.Context, name string) (io.ReadCloser, error) {
	return os.Open(filepath.Join(string(f), name))
}

// Clear removes the directory.
func (f Folder) Clear(context.Context) error { return os.RemoveAll(string(f)) }

// spilled is the form of a call in a scratch file.
type spilled struct {
	Key, Seq int64
	Call     usage.Call
}

// spillBlock is how much of a file is packed at once, and held of each open file.
const spillBlock = 64 << 10

// writeRun writes sorted calls to a file.
func writeRun(ctx context.Context, scratch Scratch, n int, calls []dated) (*run, error) {
	ctx, abandon := context.WithCancel(ctx)
	defer abandon()
	r := &run{name: fmt.Sprintf("run-%05d", n), head: spilled{Key: calls[0].key, Seq: calls[0].seq}}
	f, err := scratch.Create(ctx, r.name)
	if err != nil {
		return nil, err
	}
	packed := s2.NewWriter(f, s2.WriterConcurrency(1), s2.WriterBlockSize(spillBlock))
	enc := gob.NewEncoder(packed)
	for _, d := range calls {
		if err := enc.Encode(spilled{d.key, d.seq, *d.call}); err != nil {
			abandon()
			return nil, errors.Join(err, quietly(f.Close()))
		}
	}
	if err := packed.Close(); err != nil {
		abandon()
		return nil, errors.Join(err, quietly(f.Close()))
	}
	return r, f.Close()
}

// run is a file of sorted calls.
type run struct {
	name string
	// head is the next call; of a file that is not open yet it has the key only.
	head spilled
	file io.Closer
	dec  *gob.Decoder
}

func (r *run) open(ctx context.Context, scratch Scratch) error {
	f, err := scratch.Open(ctx, r.name)
	if err != nil {
		return fmt.Errorf("sort the log: %w", err)
	}
	r.file = f
	r.dec = gob.NewDecoder(bufio.NewReader(s2.NewReader(f, s2.ReaderMaxBlockSize(spillBlock), s2.ReaderAllocBlock(spillBlock))))
	if err := r.next(); err != nil {
		return fmt.Errorf("sort the log: begin a run: %w", err)
	}
	return nil
}

// next moves head to the run's next call; io.EOF after the last one.
func (r *run) next() error {
	r.head = spilled{}
	switch err := r.dec.Decode(&r.head); {
	case errors.Is(err, io.EOF):
		return io.EOF
	case err != nil:
		return fmt.Errorf("sort the log: read a run: %w", err)
	}
	return nil
}

func (r *run) close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}
