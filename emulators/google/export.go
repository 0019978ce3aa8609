package google

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

// exportName names the files of an export inside its folder.
const exportName = "firestore"

// Export writes all documents of a project on the Firestore emulator to
// dir/firestore, for Options.Data. An earlier export there is replaced once the new
// one is whole.
func (e *Emulator) Export(ctx context.Context, project, dir string) error {
	dir, err := filepath.Abs(dir) // the emulator has a folder of its own
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		return fmt.Errorf("export Firestore: %w", err)
	}
	fresh, err := os.MkdirTemp(dir, "export-")
	if err != nil {
		return fmt.Errorf("export Firestore: %w", err)
	}
	defer os.RemoveAll(fresh) // what a failure left
	if err := e.export(ctx, project, fresh); err != nil {
		return fmt.Errorf("export Firestore: %w", err)
	}
	at := filepath.Join(dir, exportName)
	if err := errors.Join(os.RemoveAll(at), os.Rename(filepath.Join(fresh, exportName), at)); err != nil {
		return fmt.Errorf("export Firestore: %w", err)
	}
	return nil
}

// export asks the emulator for it, as Firebase's tools do: its flag for an export
// at its end writes nothing.
func (e *Emulator) export(ctx context.Context, project, dir string) error {
	body, err := json.Marshal(map[string]string{
		"database":         "projects/" + project + "/databases/(default)",
		"export_directory": dir, "export_name": exportName,
	})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost,
		"http://"+e.Host()+"/emulator/v1/projects/"+project+":export", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer owner")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 2000))
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("the emulator answers %s: %s", response.Status, text)
	}
	return err
}

// imported are the arguments that have the emulator begin with an export in dir;
// none if there is none yet.
func imported(dir string) ([]string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, exportName, exportName+".overall_export_metadata")
	switch _, err = os.Stat(file); {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return []string{"--seed_from_export=" + file}, nil
}
