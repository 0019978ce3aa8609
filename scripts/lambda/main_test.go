package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloud.google.com/go/auth/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func program(context.Context) ([]byte, error) { return []byte("ELF"), nil }

func TestPackageHasProgramAndCredentials(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out", "lambda.zip")
	var out bytes.Buffer
	require.NoError(t, realMain(t.Context(), []string{"-project-number=123456789012", "-out=" + file}, program, &out))

	r, err := zip.OpenReader(file)
	require.NoError(t, err)
	defer r.Close()
	require.Len(t, r.File, 2)
	assert.Equal(t, "bootstrap", r.File[0].Name)
	assert.Equal(t, os.FileMode(0o755), r.File[0].Mode())
	assert.Equal(t, "google-credentials.json", r.File[1].Name)
	body, err := r.File[1].Open()
	require.NoError(t, err)
	defer body.Close()
	data, err := io.ReadAll(body)
	require.NoError(t, err)
	assert.Contains(t, string(data), "projects/123456789012/locations/global/workloadIdentityPools/netra-aws/providers/aws")
	assert.Regexp(t, `package_hash = "[A-Za-z0-9+/]{43}="`, out.String())
}

func TestSameContentHasTheSameHash(t *testing.T) {
	first, err := archive([]byte("a"), "123456789012")
	require.NoError(t, err)
	again, err := archive([]byte("a"), "123456789012")
	require.NoError(t, err)
	other, err := archive([]byte("b"), "123456789012")
	require.NoError(t, err)
	assert.Equal(t, first, again)
	assert.NotEqual(t, first, other)
}

func TestGooglesLibraryAcceptsTheCredentials(t *testing.T) {
	t.Setenv("AWS_REGION", "eu-west-1")
	config, err := federation("123456789012")
	require.NoError(t, err)
	scopes := []string{"https://www.googleapis.com/auth/cloud-platform"}
	_, err = credentials.NewCredentialsFromJSON(credentials.ExternalAccount, config, &credentials.DetectOptions{Scopes: scopes})
	assert.NoError(t, err)

	broken := strings.Replace(string(config), `"environment_id": "aws1"`, `"environment_id": "aws9"`, 1)
	_, err = credentials.NewCredentialsFromJSON(credentials.ExternalAccount, []byte(broken), &credentials.DetectOptions{Scopes: scopes})
	assert.Error(t, err)
}

func TestPoolAndProviderAreThoseOfTheConfiguration(t *testing.T) {
	terraform, err := os.ReadFile("../../infra/federation.tf")
	require.NoError(t, err)
	assert.Regexp(t, `workload_identity_pool_id += "netra-aws"`, string(terraform))
	assert.Regexp(t, `workload_identity_pool_provider_id += "aws"`, string(terraform))
}

func TestWrongUseAndFailedBuildAreErrors(t *testing.T) {
	assert.ErrorContains(t, realMain(t.Context(), nil, program, io.Discard), "give -project-number")
	assert.ErrorContains(t, realMain(t.Context(), []string{"-project-number=demo-netra"}, program, io.Discard), "in digits")
	failing := func(context.Context) ([]byte, error) { return nil, errors.New("does not compile") }
	assert.ErrorContains(t, realMain(t.Context(), []string{"-project-number=123456789012"}, failing, io.Discard), "does not compile")
}
