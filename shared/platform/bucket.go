package platform

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"

	"netra/shared/bucket"
	"netra/shared/config"
)

// openBucket opens the bucket of the settings. A local folder gets signed
// upload URLs that lead to the api, with the Uploads that serve them.
func openBucket(ctx context.Context, c config.Config) (*blob.Bucket, *Uploads, error) {
	u, err := url.Parse(c.Bucket)
	if err != nil {
		return nil, nil, fmt.Errorf("open the bucket: %w", err)
	}
	if u.Scheme != "file" {
		b, err := blob.OpenBucket(ctx, c.Bucket)
		if err != nil {
			return nil, nil, fmt.Errorf("open the bucket: %w", err)
		}
		return b, nil, nil
	}
	dir := filepath.FromSlash(u.Path)
	key, err := uploadKey(dir)
	if err != nil {
		return nil, nil, err
	}
	base, err := url.Parse(c.APIURL)
	if err != nil {
		return nil, nil, fmt.Errorf("read NETRA_API_URL: %w", err)
	}
	signer := fileblob.NewURLSignerHMAC(base.JoinPath("upload", "part"), key)
	b, err := fileblob.OpenBucket(filepath.Join(dir, "objects"), &fileblob.Options{
		CreateDir: true, Metadata: fileblob.MetadataDontWrite, URLSigner: signer, NoTempDir: true})
	if err != nil {
		return nil, nil, fmt.Errorf("open the local bucket: %w", err)
	}
	return b, &Uploads{signer: signer, bucket: bucket.New(b)}, nil
}

// uploadKey is the key of the local bucket's upload URLs: random, made once,
// kept beside the objects so that every function of the local cloud has the same.
func uploadKey(dir string) ([]byte, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the local bucket: %w", err)
	}
	file := filepath.Join(dir, "upload.key")
	fresh := []byte(rand.Text())
	f, err := os.CreateTemp(dir, "upload.key.*")
	if err != nil {
		return nil, fmt.Errorf("make the upload key: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(fresh)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("make the upload key: %w", err)
	}
	// A link appears whole and fails if another function was first.
	if err := os.Link(f.Name(), file); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("keep the upload key: %w", err)
	}
	return os.ReadFile(file)
}

// Uploads takes part uploads for a bucket that is a local folder. The signed
// URL is the right to write one object.
type Uploads struct {
	signer *fileblob.URLSignerHMAC
	bucket *bucket.Bucket
}

func (u *Uploads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key, err := u.signer.KeyFromURL(r.Context(), r.URL)
	if err != nil || !strings.HasPrefix(key, "users/") || r.URL.Query().Get("method") != http.MethodPut {
		http.Error(w, "the upload URL is wrong or has expired; read the data set for a new one", http.StatusForbidden)
		return
	}
	err = u.bucket.Store(r.Context(), key, http.MaxBytesReader(w, r.Body, bucket.PartBytes))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		http.Error(w, fmt.Sprintf("a part has at most %d bytes", bucket.PartBytes), http.StatusRequestEntityTooLarge)
	case err != nil:
		http.Error(w, "the part was not stored; send it again", http.StatusInternalServerError)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
