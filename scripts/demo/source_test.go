package main

import (
	"io/fs"
	"testing/fstest"
)

// files is a folder with the given contents.
func files(contents map[string]string) fs.FS {
	all := fstest.MapFS{}
	for name, text := range contents {
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return all
}
