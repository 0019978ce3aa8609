package bucket

import (
	"context"
	"fmt"
	"io"
	"sync"
)

// Blocks of an object that are read at once, and how many are kept: together
// 64 MiB at most, whatever the object's size.
const (
	blockBytes = 4 << 20
	keptBlocks = 16
)

// ReaderAt reads an object at any place, in large blocks of which it keeps the
// ones used last. It is safe for concurrent use.
type ReaderAt struct {
	ctx     context.Context
	objects Objects
	name    string
	size    int64

	mu     sync.Mutex
	blocks map[int64][]byte
	order  []int64 // the block used last is at the end
}

// ReaderAt opens an object, or answers ErrNotFound. The context bounds all
// later reads.
func (o Objects) ReaderAt(ctx context.Context, name string) (*ReaderAt, error) {
	size, err := o.Size(ctx, name)
	if err != nil {
		return nil, err
	}
	return &ReaderAt{ctx: ctx, objects: o, name: name, size: size, blocks: map[int64][]byte{}}, nil
}

// Size returns the object's size in bytes.
func (r *ReaderAt) Size() int64 { return r.size }

// ReadAt fills p from the offset; it returns io.EOF with fewer bytes at the end.
func (r *ReaderAt) ReadAt(p []byte, offset int64) (int, error) {
	if offset < 0 {
		return 0, fmt.Errorf("read %s at %d: negative offset", r.name, offset)
	}
	read := 0
	for read < len(p) {
		at := offset + int64(read)
		if at >= r.size {
			return read, io.EOF
		}
		block, err := r.block(at / blockBytes)
		if err != nil {
			return read, err
		}
		read += copy(p[read:], block[at%blockBytes:])
	}
	return read, nil
}

func (r *ReaderAt) block(n int64) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b, ok := r.blocks[n]; ok {
		r.use(n)
		return b, nil
	}
	b, err := r.fetch(n)
	if err != nil {
		return nil, err
	}
	if len(r.order) >= keptBlocks {
		delete(r.blocks, r.order[0])
		r.order = r.order[1:]
	}
	r.blocks[n] = b
	r.order = append(r.order, n)
	return b, nil
}

func (r *ReaderAt) use(n int64) {
	for i, o := range r.order {
		if o == n {
			r.order = append(append(r.order[:i:i], r.order[i+1:]...), n)
			return
		}
	}
}

func (r *ReaderAt) fetch(n int64) ([]byte, error) {
	start := n * blockBytes
	b := make([]byte, min(blockBytes, r.size-start))
	in, err := r.objects.OpenAt(r.ctx, r.name, start, int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", r.name, err)
	}
	defer in.Close()
	if _, err := io.ReadFull(in, b); err != nil {
		return nil, fmt.Errorf("read %s: %w", r.name, err)
	}
	return b, nil
}
