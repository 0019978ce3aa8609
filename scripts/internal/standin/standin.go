// Package standin puts executables named gcloud, terraform, go and xdg-open in
// front of the real ones in tests. Each is the test binary itself, which acts
// on a small cloud that lives in a file, and records how it was called. A
// command that the stand-in does not know fails, so that a test notices it.
package standin

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Cloud is the state of the pretended project.
type Cloud struct {
	Project string   `json:"project"`
	Account string   `json:"account"` // "" is nobody
	Billing string   `json:"billing"` // linked billing account or ""
	APIs    []string `json:"apis"`
	Buckets []string `json:"buckets"`
	// Applied are the Terraform folders that are applied.
	Applied []string `json:"applied"`
	// Images are digests by name and tag.
	Images map[string]string `json:"images"`
	// Secrets are values by name; a secret exists once infra is applied.
	Secrets  map[string]string   `json:"secrets"`
	Services map[string]*Service `json:"services"`
	// Hidden are services whose account may not read secrets.
	Hidden []string `json:"hidden"`
	// Faults make commands fail.
	Faults []Fault `json:"faults"`
	// Calls are the command lines so far.
	Calls []string `json:"calls"`
	// Terraform is the version that terraform claims to have.
	Terraform string `json:"terraform"`
}

// Service is one Cloud Run service with its revisions, the oldest first.
type Service struct {
	Revisions []Revision `json:"revisions"`
	Serving   string     `json:"serving"`
}

// Revision is one revision of a service.
type Revision struct {
	Name, Image string
	Ready       bool
}

// Fault makes every command that contains Command fail with Stderr; Times
// limits how often (0 is always).
type Fault struct {
	Command, Stderr string
	Times           int
}

// tools are the names under which the test binary is put into the PATH.
var tools = []string{"gcloud", "terraform", "go", "npm", "xdg-open", "open"}

const stateVariable = "NETRA_STANDIN_STATE"

// Main must be the first call of TestMain. In a stand-in process it does the
// command's work and ends the process; else it returns.
func Main() {
	state := os.Getenv(stateVariable)
	if state == "" {
		return
	}
	out, err := act(state, os.Args[1], os.Args[2:])
	fmt.Print(out)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Place is where a Cloud and its tools are.
type Place struct{ dir string }

// New makes a pretended project with billing and a signed-in owner, and the
// tools that act on it.
func New(t testing.TB, change func(*Cloud)) Place {
	t.Helper()
	p := Place{t.TempDir()}
	cloud := Cloud{
		Project: "demo-netra", Account: "owner@example.com", Billing: "000000-AAAAAA-111111", Terraform: "1.11.4",
		Images: map[string]string{}, Secrets: map[string]string{}, Services: map[string]*Service{},
	}
	if change != nil {
		change(&cloud)
	}
	require.NoError(t, save(p.state(), cloud))
	self, err := os.Executable()
	require.NoError(t, err)
	for _, name := range tools {
		script := fmt.Sprintf("#!/bin/sh\n%s='%s' exec '%s' %s \"$@\"\n", stateVariable, p.state(), self, name)
		require.NoError(t, os.WriteFile(filepath.Join(p.dir, name), []byte(script), 0o755)) //nolint:gosec // an executable
	}
	return p
}

// Env is an environment whose PATH has the stand-ins and nothing else.
func (p Place) Env() []string { return []string{"PATH=" + p.dir} }

// Cloud returns the state as it is now.
func (p Place) Cloud(t testing.TB) Cloud {
	t.Helper()
	cloud, err := load(p.state())
	require.NoError(t, err)
	return cloud
}

// Change changes the state between two runs.
func (p Place) Change(t testing.TB, change func(*Cloud)) {
	t.Helper()
	cloud := p.Cloud(t)
	change(&cloud)
	require.NoError(t, save(p.state(), cloud))
}

// Count is how many calls so far contain the text.
func (c Cloud) Count(text string) int {
	n := 0
	for _, call := range c.Calls {
		if strings.Contains(call, text) {
			n++
		}
	}
	return n
}

func (p Place) state() string { return filepath.Join(p.dir, "cloud.json") }

func load(path string) (Cloud, error) {
	var cloud Cloud
	data, err := os.ReadFile(path)
	if err != nil {
		return cloud, err
	}
	return cloud, json.Unmarshal(data, &cloud)
}

func save(path string, cloud Cloud) error {
	data, err := json.Marshal(cloud)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// act records the command, and does it unless a fault stops it.
func act(path, name string, args []string) (string, error) {
	cloud, err := load(path)
	if err != nil {
		return "", err
	}
	line := strings.Join(append([]string{name}, args...), " ")
	cloud.Calls = append(cloud.Calls, line)
	out, err := cloud.fault(line)
	if err == nil {
		out, err = cloud.command(name, line, args)
	}
	if saved := save(path, cloud); saved != nil {
		return "", saved
	}
	return out, err
}

func (c *Cloud) fault(line string) (string, error) {
	for i, f := range c.Faults {
		if !strings.Contains(line, f.Command) {
			continue
		}
		if f.Times == 1 {
			c.Faults = slices.Delete(c.Faults, i, i+1)
		} else if f.Times > 1 {
			c.Faults[i].Times--
		}
		return "", fmt.Errorf("%s", f.Stderr)
	}
	return "", nil
}
