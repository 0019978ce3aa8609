package main

import (
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"strings"
)

// kept matches a line of the store's package comment: a path and what lies there.
var kept = regexp.MustCompile(`(?m)^//\t(\S+) +(\S.*)$`)

// documentsPage shows the documents of Firestore: the paths that the store's
// package comment lists, and the structs that it names.
func documentsPage(files fs.FS) (string, error) {
	source, err := fs.ReadFile(files, "shared/store/firestore/store.go")
	if err != nil {
		return "", err
	}
	types := map[string]structure{}
	for _, dir := range []string{"shared/store", "shared/run", "shared/admission"} {
		found, err := structures(files, dir, "firestore")
		if err != nil {
			return "", err
		}
		maps.Copy(types, found)
	}
	var out, details strings.Builder
	out.WriteString("# Documents in Firestore\n\nEvery path of a user begins with `users/{uid}`; [DATA.md](../DATA.md) says how long each is kept, and " +
		"[firestore.rules](../firestore.rules) who may read it. Nobody writes from a client.\n\n| path | what |\n|---|---|\n")
	paths := kept.FindAllStringSubmatch(string(source), -1)
	if len(paths) == 0 {
		return "", fmt.Errorf("the store's package comment lists no paths")
	}
	for _, p := range paths {
		name := p[2][strings.LastIndex(p[2], ".")+1:]
		s, ok := types[name]
		if !ok {
			fmt.Fprintf(&out, "| `%s` | %s |\n", p[1], p[2])
			continue
		}
		fmt.Fprintf(&out, "| `%s` | [%s](#%s) |\n", p[1], name, strings.ToLower(name))
		fmt.Fprintf(&details, "\n## %s\n\n`%s`. %s\n\n%s", name, p[1], s.doc, fieldsOf(s))
	}
	return out.String() + details.String(), nil
}

// fieldsOf renders the fields; events are written field by field, so theirs
// are on the page of the events.
func fieldsOf(s structure) string {
	if s.name == "Event" {
		return "Its fields are those of [the events](events.md), and `expire_at`.\n"
	}
	return s.table()
}
