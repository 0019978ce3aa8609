// Package bucket keeps logs, normalised data and large artifacts as objects.
// Objects of one user lie below one prefix, and the package only gives out
// access by user. Uploads come in parts, one object each, by signed URLs: the
// same in Google Cloud, on AWS and in a local folder.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// PartBytes is the size of an uploaded part; the last part may be shorter.
// It stays under the 32 MiB that Cloud Run takes in one request.
const PartBytes = 16 << 20

// urlLife is how long an upload URL is good for; a client asks for a new one after.
const urlLife = time.Hour

// partType is the media type that an upload of a part must have.
const partType = "application/octet-stream"

// ErrNotFound means that there is no such object.
var ErrNotFound = errors.New("bucket: no such object")

// Bucket is the product's bucket.
type Bucket struct {
	blob *blob.Bucket
	// folder is true for a bucket that is a folder of this machine.
	folder bool
}

// New wraps a bucket that the caller owns and closes.
func New(b *blob.Bucket) *Bucket {
	var info os.FileInfo
	return &Bucket{b, b.As(&info)}
}

// Ping checks that the bucket answers.
func (b *Bucket) Ping(ctx context.Context) error {
	// The driver for folders lists one that was deleted as empty.
	var info os.FileInfo
	if b.folder && !b.blob.As(&info) {
		return errors.New("the bucket's folder was deleted: start the local cloud again")
	}
	ok, err := b.blob.IsAccessible(ctx)
	if err != nil {
		return fmt.Errorf("look at the bucket: %w", err)
	}
	if !ok {
		return errors.New("the bucket does not exist or may not be read")
	}
	return nil
}

// Store writes one object by its whole key; for the part uploads of a local
// folder, whose signed URL proves the right to the key.
func (b *Bucket) Store(ctx context.Context, key string, r io.Reader) error {
	return write(ctx, b.blob, key, r)
}

// PutFor stores one user's object whole or not at all.
func (b *Bucket) PutFor(ctx context.Context, uid, name string, r io.Reader) error {
	return b.User(uid).Put(ctx, name, r)
}

// User returns the objects of one user.
func (b *Bucket) User(uid string) Objects { return Objects{b.blob, "users/" + uid + "/"} }

// Objects are one user's objects. Names are relative to the user.
type Objects struct {
	blob *blob.Bucket
	root string
}

func partName(dataset string, n int) string { return fmt.Sprintf("datasets/%s/parts/%05d", dataset, n) }

// key refuses names that could leave the user's prefix.
func (o Objects) key(name string) (string, error) {
	if name == "" || path.Clean("/"+name) != "/"+name || strings.Contains(name, "\\") {
		return "", fmt.Errorf("object name %q is not allowed", name)
	}
	return o.root + name, nil
}

// PartURL returns a URL that takes a PUT of the part's bytes for an hour.
func (o Objects) PartURL(ctx context.Context, dataset string, n int) (string, error) {
	key, err := o.key(partName(dataset, n))
	if err != nil {
		return "", err
	}
	u, err := o.blob.SignedURL(ctx, key, &blob.SignedURLOptions{Method: "PUT", Expiry: urlLife, ContentType: partType})
	if err != nil {
		return "", fmt.Errorf("sign an upload URL: %w", err)
	}
	return u, nil
}

// PartSize returns the size of an uploaded part, or ErrNotFound.
func (o Objects) PartSize(ctx context.Context, dataset string, n int) (int64, error) {
	return o.Size(ctx, partName(dataset, n))
}

// Size returns an object's size, or ErrNotFound.
func (o Objects) Size(ctx context.Context, name string) (int64, error) {
	key, err := o.key(name)
	if err != nil {
		return 0, err
	}
	a, err := o.blob.Attributes(ctx, key)
	if err != nil {
		return 0, translate(err)
	}
	return a.Size, nil
}

// PutPart stores a part without an upload URL.
func (o Objects) PutPart(ctx context.Context, dataset string, n int, r io.Reader) error {
	return o.Put(ctx, partName(dataset, n), r)
}

// Log reads an uploaded log of so many parts as one stream.
func (o Objects) Log(ctx context.Context, dataset string, parts int) io.ReadCloser {
	names := make([]string, parts)
	for n := range names {
		names[n] = partName(dataset, n)
	}
	return o.Joined(ctx, names)
}

// Joined reads objects one after the other as one stream.
func (o Objects) Joined(ctx context.Context, names []string) io.ReadCloser {
	return &joined{ctx: ctx, objects: o, names: names}
}

// Open reads an object, or ErrNotFound.
func (o Objects) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	key, err := o.key(name)
	if err != nil {
		return nil, err
	}
	r, err := o.blob.NewReader(ctx, key, nil)
	if err != nil {
		return nil, translate(err)
	}
	return r, nil
}

// OpenAt reads n bytes of an object from an offset.
func (o Objects) OpenAt(ctx context.Context, name string, offset, n int64) (io.ReadCloser, error) {
	key, err := o.key(name)
	if err != nil {
		return nil, err
	}
	r, err := o.blob.NewRangeReader(ctx, key, offset, n, nil)
	if err != nil {
		return nil, translate(err)
	}
	return r, nil
}

// Create writes an object; it appears when the writer is closed, and not at all
// when ctx ends before.
func (o Objects) Create(ctx context.Context, name string) (io.WriteCloser, error) {
	key, err := o.key(name)
	if err != nil {
		return nil, err
	}
	return o.blob.NewWriter(ctx, key, &blob.WriterOptions{ContentType: partType})
}

// Put stores an object whole or not at all.
func (o Objects) Put(ctx context.Context, name string, r io.Reader) error {
	key, err := o.key(name)
	if err != nil {
		return err
	}
	return write(ctx, o.blob, key, r)
}

// DeleteAll deletes every object whose name begins with the folder. It is safe
// to repeat.
func (o Objects) DeleteAll(ctx context.Context, folder string) error {
	prefix, err := o.key(strings.TrimSuffix(folder, "/"))
	if err != nil {
		return err
	}
	return o.deleteBelow(ctx, prefix+"/")
}

// Erase deletes every object of the user. It is safe to repeat.
func (o Objects) Erase(ctx context.Context) error { return o.deleteBelow(ctx, o.root) }

func (o Objects) deleteBelow(ctx context.Context, prefix string) error {
	list := o.blob.List(&blob.ListOptions{Prefix: prefix})
	for {
		obj, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("list objects: %w", err)
		}
		if err := translate(o.blob.Delete(ctx, obj.Key)); err != nil && !errors.Is(err, ErrNotFound) {
			return fmt.Errorf("delete an object: %w", err)
		}
	}
}

// Folder returns the objects whose names begin with a folder, as room for files.
func (o Objects) Folder(name string) Folder { return Folder{o, name} }

// Folder is a part of a user's objects.
type Folder struct {
	objects Objects
	name    string
}

// Create writes an object as Objects.Create does.
func (f Folder) Create(ctx context.Context, name string) (io.WriteCloser, error) {
	return f.objects.Create(ctx, f.name+"/"+name)
}

// Open reads an object, or ErrNotFound.
func (f Folder) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	return f.objects.Open(ctx, f.name+"/"+name)
}

// Clear deletes every object in the folder. It is safe to repeat.
func (f Folder) Clear(ctx context.Context) error { return f.objects.DeleteAll(ctx, f.name) }

func write(ctx context.Context, b *blob.Bucket, key string, r io.Reader) error {
	ctx, abort := context.WithCancel(ctx)
	defer abort() // a writer whose context ends leaves nothing behind
	w, err := b.NewWriter(ctx, key, &blob.WriterOptions{ContentType: partType})
	if err != nil {
		return fmt.Errorf("write an object: %w", err)
	}
	if _, err := io.Copy(w, r); err != nil {
		abort()
		return errors.Join(fmt.Errorf("write an object: %w", err), ignoreCanceled(w.Close()))
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("write an object: %w", err)
	}
	return nil
}

func ignoreCanceled(err error) error {
	if errors.Is(err, context.Canceled) || gcerrors.Code(err) == gcerrors.Canceled {
		return nil
	}
	return err
}

func translate(err error) error {
	if gcerrors.Code(err) == gcerrors.NotFound {
		return ErrNotFound
	}
	return err
}

// joined reads the parts of a log one after the other.
type joined struct {
	ctx     context.Context
	objects Objects
	names   []string
	next    int
	current io.ReadCloser
}

func (j *joined) Read(p []byte) (int, error) {
	for {
		if j.current == nil {
			if j.next >= len(j.names) {
				return 0, io.EOF
			}
			r, err := j.objects.Open(j.ctx, j.names[j.next])
			if err != nil {
				return 0, fmt.Errorf("read part %d of the log: %w", j.next, err)
			}
			j.current, j.next = r, j.next+1
		}
		n, err := j.current.Read(p)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		closeErr := j.current.Close()
		j.current = nil
		if n > 0 || closeErr != nil {
			return n, closeErr
		}
	}
}

// Close ends the reading early.
func (j *joined) Close() error {
	j.next = len(j.names)
	if j.current == nil {
		return nil
	}
	return j.current.Close()
}
