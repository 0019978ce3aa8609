package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/infra/check"
)

const typings = `export interface FooBarConfig extends cdktf.TerraformMetaArguments {
    /**
    * Docs at Terraform Registry: {@link https://x/foo_bar#ipv4_range FooBar#ipv4_range}
    */
    readonly ipv4Range?: string;
    readonly fooName: string;
    readonly labels?: {
        [key: string]: string;
    };
    readonly rule?: FooBarRule[] | cdktf.IResolvable;
    readonly policy: FooBarPolicy;
}
export interface FooBarRule {
    readonly action: string;
}
export interface FooBarPolicy {
}
export declare class FooBarPolicyOutputReference extends cdktf.ComplexObject {
    get inner(): string;
}
export declare class FooBar extends cdktf.TerraformResource {
    get fooName(): string;
    get fooNameInput(): string | undefined;
    get selfLink(): string;
}
`

func TestTypingsBecomeASchema(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "foo-bar"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "foo-bar", "index.d.ts"), []byte(typings), 0o600))

	got := run(t, "typings", dir, "google_foo_bar")["google_foo_bar"]

	assert.Equal(t, []string{"foo_name"}, got.Required)
	assert.Equal(t, []string{"ipv4_range", "labels"}, got.Optional)
	assert.Equal(t, []string{"self_link"}, got.Computed)
	assert.Equal(t, check.NestedSchema{BlockSchema: check.BlockSchema{Required: []string{"action"}}, Many: true}, got.Blocks["rule"])
	assert.Equal(t, check.NestedSchema{Needed: true}, got.Blocks["policy"])
}

func TestProviderSchemasBecomeASchema(t *testing.T) {
	file := filepath.Join(t.TempDir(), "schema.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"provider_schemas": {"p": {"resource_schemas": {"aws_foo": {"block": {
		"attributes": {"name": {"required": true}, "size": {"optional": true, "computed": true}, "arn": {"computed": true}},
		"block_types": {
			"rule": {"nesting_mode": "list", "block": {"attributes": {"x": {"required": true}}}},
			"one": {"nesting_mode": "list", "min_items": 1, "max_items": 1, "block": {}}}}}}}}}`), 0o600))

	got := run(t, "providers", file, "aws_foo")["aws_foo"]

	assert.Equal(t, []string{"name"}, got.Required)
	assert.Equal(t, []string{"size"}, got.Optional)
	assert.Equal(t, []string{"arn"}, got.Computed)
	assert.True(t, got.Blocks["rule"].Many)
	assert.True(t, got.Blocks["one"].Needed)
	assert.False(t, got.Blocks["one"].Many)
}

func TestUnknownResourcesAndUsageAreErrors(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "s.json"), []byte(`{}`), 0o600))
	assert.ErrorContains(t, realMain(nil, nil), "usage")
	assert.ErrorContains(t, realMain([]string{"guess", dir, "x"}, nil), "unknown source")
	assert.ErrorContains(t, realMain([]string{"typings", dir, "google_nothing"}, nil), "google_nothing")
	assert.ErrorContains(t, realMain([]string{"providers", filepath.Join(dir, "s.json"), "aws_nothing"}, nil), "no provider has aws_nothing")
}

func run(t *testing.T, args ...string) check.Schema {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, realMain(args, &out))
	var schema check.Schema
	require.NoError(t, json.Unmarshal(out.Bytes(), &schema))
	return schema
}
