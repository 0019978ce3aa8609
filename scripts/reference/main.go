// Command reference writes the reference of the API, the events and the
// documents in Firestore into infra/reference, from their sources:
// functions/api/openapi.json, shared/run and the structs that the store keeps. Its
// test fails when a file there is not what it would write.
//
//	go run ./scripts/reference
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

func main() {
	if err := realMain(); err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

// folder is where the references are, from the root of the repository.
const folder = "infra/reference"

// pages makes the text of each file of the folder.
func pages() map[string]func(fs.FS) (string, error) {
	return map[string]func(fs.FS) (string, error){"api.md": apiPage, "events.md": eventsPage, "documents.md": documentsPage}
}

const generated = "<!-- Written by `go run ./scripts/reference`: change the source, not this file. -->\n\n"

func realMain() error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, page := range pages() {
		text, err := page(os.DirFS("."))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(generated+text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
