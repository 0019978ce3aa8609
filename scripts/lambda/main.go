// Command lambda builds the package that AWS Lambda runs: the program for
// arm64, named bootstrap, and the file that tells Google's libraries how to use
// the function's AWS role in place of a key (it holds no secret).
//
//	lambda -project-number 123456789012 [-out bin/lambda.zip]
//
// It prints the hash that infra/aws wants as package_hash. The same sources
// give the same hash.
package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := realMain(ctx, os.Args[1:], compile, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "lambda:", err)
		os.Exit(1)
	}
}

var digits = regexp.MustCompile(`^[0-9]{6,}$`)

// builder returns the compiled program.
type builder func(ctx context.Context) ([]byte, error)

func realMain(ctx context.Context, args []string, build builder, out io.Writer) error {
	flags := flag.NewFlagSet("lambda", flag.ContinueOnError)
	flags.SetOutput(out)
	number := flags.String("project-number", "", "number (not id) of the Google Cloud project: gcloud projects describe P --format='value(projectNumber)'")
	file := flags.String("out", "bin/lambda.zip", "file to write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if !digits.MatchString(*number) {
		return errors.New("give -project-number: the project's number, in digits")
	}
	program, err := build(ctx)
	if err != nil {
		return err
	}
	data, err := archive(program, *number)
	if err != nil {
		return fmt.Errorf("make the package: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(*file), 0o755); err != nil { //nolint:gosec // not private
		return err
	}
	if err := os.WriteFile(*file, data, 0o644); err != nil { //nolint:gosec // not private
		return err
	}
	sum := sha256.Sum256(data)
	fmt.Fprintf(out, "%s: %d bytes\npackage_hash = %q\n", *file, len(data), base64.StdEncoding.EncodeToString(sum[:]))
	return nil
}

func compile(ctx context.Context) ([]byte, error) {
	dir, err := os.MkdirTemp("", "netra-lambda-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	target := filepath.Join(dir, "bootstrap")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags=lambda.norpc,disable_grpc_modules", "-ldflags=-s -w", "-o", target, "./functions/cmd/lambda")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build functions/cmd/lambda: %w\n%s", err, out)
	}
	return os.ReadFile(target)
}

// archive puts program and credentials into a zip file without times, so that
// the same content has the same hash.
func archive(program []byte, number string) ([]byte, error) {
	credentials, err := federation(number)
	if err != nil {
		return nil, err
	}
	var buffer bytes.Buffer
	w := zip.NewWriter(&buffer)
	for _, f := range []struct {
		name string
		mode fs.FileMode
		data []byte
	}{{"bootstrap", 0o755, program}, {"google-credentials.json", 0o644, credentials}} {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		header.SetMode(f.mode)
		entry, err := w.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := entry.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}

// federation is the credential configuration of workload identity federation
// from AWS (https://google.aip.dev/auth/4117); pool and provider are those of
// infra/federation.tf.
func federation(number string) ([]byte, error) {
	return json.MarshalIndent(map[string]any{
		"type":               "external_account",
		"audience":           "//iam.googleapis.com/projects/" + number + "/locations/global/workloadIdentityPools/netra-aws/providers/aws",
		"subject_token_type": "urn:ietf:params:aws:token-type:aws4_request",
		"token_url":          "https://sts.googleapis.com/v1/token",
		"credential_source": map[string]any{
			"environment_id":                 "aws1",
			"regional_cred_verification_url": "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
		},
	}, "", "  ")
}
