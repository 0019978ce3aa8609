package check_test

import (
	"io/fs"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"

	"netra/infra/check"
)

// pinned is an image reference of the right shape.
const pinned = "europe-west1-docker.pkg.dev/demo-netra/netra/netra@sha256:0000000000000000000000000000000000000000000000000000000000000000"

// full switches on every optional part of the configuration.
func full() map[string]cty.Value {
	return map[string]cty.Value{
		"project_id":           cty.StringVal("demo-netra"),
		"image":                cty.StringVal(pinned),
		"allow":                allow("example.com", "me@other.org"),
		"access_contact":       cty.StringVal("ops@example.com"),
		"billing_account":      cty.StringVal("0123AB-4567CD-89EF01"),
		"alert_email":          cty.StringVal("ops@example.com"),
		"local_console_origin": cty.StringVal("http://localhost:5173"),
		"model_enabled":        cty.True,
		"google_sign_in": cty.ObjectVal(map[string]cty.Value{
			"client_id": cty.StringVal("id"), "client_secret": cty.StringVal("secret"),
		}),
	}
}

// bare has only what must be given.
func bare() map[string]cty.Value {
	return map[string]cty.Value{"project_id": cty.StringVal("demo-netra"), "image": cty.StringVal(pinned), "allow": allow("anyone")}
}

func allow(who ...string) cty.Value {
	var all []cty.Value
	for _, w := range who {
		all = append(all, cty.StringVal(w))
	}
	return cty.ListVal(all)
}

// repository is a copy of the files that the configuration consists of, so
// that a test can change one.
func repository(t *testing.T) fstest.MapFS {
	t.Helper()
	files, err := original()
	require.NoError(t, err)
	return maps.Clone(files)
}

// original reads the files once for all tests.
var original = sync.OnceValues(func() (fstest.MapFS, error) {
	root := os.DirFS("../..")
	files := fstest.MapFS{}
	for _, pattern := range []string{"infra/*", "infra/*/*", "infra/*/*/*", "shared/pipeline/stages.json"} {
		names, err := fs.Glob(root, pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if info, err := fs.Stat(root, name); err != nil || info.IsDir() || strings.HasPrefix(name, "infra/check/") {
				continue
			}
			data, err := fs.ReadFile(root, name)
			if err != nil {
				return nil, err
			}
			files[name] = &fstest.MapFile{Data: data}
		}
	}
	return files, nil
})

// replace changes a file and fails if the text to change is not there.
func replace(t *testing.T, files fstest.MapFS, name, from, to string) {
	t.Helper()
	require.Contains(t, files, name)
	text := string(files[name].Data)
	require.Contains(t, text, from, "the mutation no longer fits %s", name)
	files[name] = &fstest.MapFile{Data: []byte(strings.Replace(text, from, to, 1))}
}

func broken(t *testing.T, files fs.FS, dir string, variables map[string]cty.Value, rules []check.Rule) []string {
	t.Helper()
	config, err := check.Read(files, dir, variables)
	if err != nil {
		return []string{err.Error()}
	}
	return config.Broken(rules)
}
