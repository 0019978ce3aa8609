package console

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// file is one built file with the packed forms that the build put beside it.
type file struct {
	media string
	cache string
	// forms are the bytes by content encoding: "", "gzip", "br".
	forms map[string][]byte
	tag   string
}

// encodings are the packed forms in the order of preference, with the suffix
// that the build gives them.
var encodings = [...]struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// load reads every built file. Names under assets/ carry a hash of their
// content, so a browser may keep them for good; all others are asked for again.
func load(built fs.FS) (map[string]file, error) {
	files := map[string]file{}
	err := fs.WalkDir(built, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || packed(name) || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		f, err := read(built, name)
		files[name] = f
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("console: read the built files: %w", err)
	}
	return files, nil
}

func packed(name string) bool {
	for _, e := range encodings {
		if strings.HasSuffix(name, e.suffix) {
			return true
		}
	}
	return false
}

func read(built fs.FS, name string) (file, error) {
	plain, err := fs.ReadFile(built, name)
	if err != nil {
		return file{}, err
	}
	f := newFile(name, plain)
	for _, e := range encodings {
		// A packed form is optional: the build leaves it out where it saves nothing.
		if raw, err := fs.ReadFile(built, name+e.suffix); err == nil {
			f.forms[e.name] = raw
		}
	}
	return f, nil
}

func newFile(name string, plain []byte) file {
	sum := sha256.Sum256(plain)
	f := file{
		media: mime.TypeByExtension(path.Ext(name)), cache: "no-cache",
		forms: map[string][]byte{"": plain}, tag: hex.EncodeToString(sum[:8]),
	}
	if f.media == "" {
		f.media = "application/octet-stream"
	}
	if strings.HasPrefix(name, "assets/") {
		f.cache = "public, max-age=31536000, immutable"
	}
	return f
}

func (f file) serve(w http.ResponseWriter, r *http.Request) {
	encoding := ""
	for _, e := range encodings {
		if f.forms[e.name] != nil && accepts(r, e.name) {
			encoding = e.name
			break
		}
	}
	h := w.Header()
	h.Set("Content-Type", f.media)
	h.Set("Cache-Control", f.cache)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Etag", `"`+f.tag+encoding+`"`)
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.forms[encoding]))
}

// accepts reports whether the request's Accept-Encoding names the encoding and
// does not refuse it with q=0 (RFC 9110, 12.5.3).
func accepts(r *http.Request, encoding string) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			weight := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(q), "q="))
			return weight != "0" && strings.Trim(weight, "0.") != "" || weight == ""
		}
	}
	return false
}

// notBuilt is the page of a program that was compiled without the console.
func notBuilt() file {
	return newFile("index.html", []byte(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Netra: the console is not built</title>
<h1>The console is not built</h1>
<p>This program was compiled before the web console was built. Run
<code>cd functions/console/web &amp;&amp; npm install --no-save &amp;&amp; npm run build</code>
and build the program again. The API works without it.</p></html>
`))
}
