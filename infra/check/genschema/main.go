// Command genschema writes a schema file of package check: which arguments and
// blocks the resources of infra/ take.
//
//	genschema typings DIR RESOURCE...     > ../google_schema.json
//	genschema providers FILE RESOURCE...  > ../aws_schema.json
//
// DIR is the unpacked folder lib of the npm package @cdktf/provider-google,
// whose typings are made from the provider's own schema; FILE is the output of
// "terraform providers schema -json". A data source is named data.TYPE.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"netra/infra/check"
)

func main() {
	if err := realMain(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "genschema:", err)
		os.Exit(1)
	}
}

func realMain(args []string, out io.Writer) error {
	if len(args) < 3 {
		return errors.New("usage: genschema typings|providers PATH RESOURCE, and more resources")
	}
	read := map[string]func(string, []string) (check.Schema, error){
		"typings": fromTypings, "providers": fromProviders,
	}[args[0]]
	if read == nil {
		return fmt.Errorf("unknown source %q", args[0])
	}
	schema, err := read(args[1], args[2:])
	if err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", " ")
	return enc.Encode(schema)
}
