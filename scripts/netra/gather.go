package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"netra/shared/usage"
)

// gather makes one log of what a command line names: files, folders with all
// their logs, and patterns that no shell has spelled out. A single file is taken
// as it is; anything else is joined into a temporary one, which remove deletes.
func gather(paths []string) (log string, remove func(), err error) {
	remove = func() {}
	files, err := logFiles(paths)
	if err != nil {
		return "", remove, err
	}
	if len(files) == 1 {
		return files[0], remove, nil
	}
	parts := make([]usage.Part, len(files))
	for i, name := range files {
		parts[i] = usage.Part{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(name) }}
	}
	dir, err := os.MkdirTemp("", "netra-")
	if err != nil {
		return "", remove, fmt.Errorf("make room for the joined log: %w", err)
	}
	remove = func() { _ = os.RemoveAll(dir) } // a leftover is the system's to clean
	log = filepath.Join(dir, fmt.Sprintf("%s and %d more", filepath.Base(files[0]), len(files)-1))
	if err := join(log, parts); err != nil {
		remove()
		return "", func() {}, err
	}
	return log, remove, nil
}

func join(name string, parts []usage.Part) error {
	out, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("make room for the joined log: %w", err)
	}
	in := usage.Join(parts)
	_, err = io.Copy(out, in)
	return errors.Join(err, in.Close(), out.Close())
}

// logFiles spells out folders and patterns. Named files stay in the order given.
func logFiles(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		matches, _ := filepath.Glob(path) // a bad pattern is a file that does not exist
		switch {
		case path == "-" && len(paths) == 1:
			return paths, nil
		case err == nil && info.IsDir():
			found, err := logsIn(path)
			if err != nil {
				return nil, err
			}
			files = append(files, found...)
		case err == nil:
			files = append(files, path)
		case len(matches) > 0:
			files = append(files, slices.DeleteFunc(matches, func(m string) bool { return strings.HasPrefix(filepath.Base(m), ".") })...)
		default:
			return nil, fmt.Errorf("read the log: %w", err)
		}
	}
	return files, nil
}

// logsIn lists the logs in a folder and the folders in it, by name. What is
// hidden stays out.
func logsIn(folder string) ([]string, error) {
	var files []usage.Part
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		hidden := path != folder && strings.HasPrefix(entry.Name(), ".")
		switch {
		case err != nil:
			return err
		case hidden && entry.IsDir():
			return filepath.SkipDir
		case !hidden && entry.Type().IsRegular():
			files = append(files, usage.Part{Name: path})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look into the folder: %w", err)
	}
	if files, err = usage.LogParts(files); err != nil {
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("the folder %s holds no log", folder)
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
	}
	slices.Sort(names)
	return names, nil
}
