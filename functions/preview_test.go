package functions

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/savings/routing"
	"netra/shared/usage"
)

const labels = "prompt,tag,gpt-4o,gpt-4o-mini\nwhat is 2+2?,math,1,0\nsay hello,chat,1,1\n"

func TestLabelsAreToldFromALogPackedOrNot(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte(labels))
	require.NoError(t, errors.Join(err, z.Close()))
	for name, text := range map[string]string{"plain": labels, "with a byte order mark": "\ufeff" + labels, "gzip": packed.String()} {
		found, err := preview(strings.NewReader(text), usage.Options{})
		require.NoError(t, err, name)
		assert.Equal(t, routing.Format, found.Format, name)
	}
}

// A file that only package usage takes for labels would be ready, and no run would read it.
func TestLabelsThatNoRunWouldReadAreRefused(t *testing.T) {
	_, err := preview(strings.NewReader(strings.Replace(labels, "prompt", "instruction", 1)), usage.Options{})
	var refused *usage.Error
	require.ErrorAs(t, err, &refused)
	assert.Contains(t, refused.Message, "column prompt")
}
