package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"netra/shared/connector"
)

var (
	sourcesOnly = regexp.MustCompile(`^resource\.name\.startsWith\("projects/data\.google_project\.this\.number/secrets/` + connector.SecretPrefix + `"\)$`)
	fetches     = regexp.MustCompile(`\.function\["intelligence"\]\.member$|:assumed-role/netra-intelligence$`)
	erases      = regexp.MustCompile(`\.function\["sweeper"\]\.member$|:assumed-role/netra-sweeper$`)
	stores      = regexp.MustCompile(`\.function\["api"\]\.member$|:assumed-role/netra-api$`)
)

// ownRole is a role that the configuration defines.
const ownRole = "google_project_iam_custom_role"

// The permissions of the roles that the configuration may define. Creating is
// checked on the project, so no condition on the secret's name can stand with it;
// everything else must have one.
var (
	creating = []string{"secretmanager.secrets.create"}
	erasing  = []string{"secretmanager.secrets.delete"}
	keeping  = []string{"secretmanager.secrets.delete", "secretmanager.versions.add", "secretmanager.versions.destroy",
		"secretmanager.versions.get", "secretmanager.versions.list"}
)

// sourceReader checks that what may read secrets by their prefix is the function
// that fetches logs, and that the prefix is that of users' credentials.
func sourceReader(i Instance) []string {
	var all []string
	if !sourcesOnly.MatchString(i.Text("condition.expression")) {
		all = append(all, i.Address+" is not limited to users' credentials")
	}
	if !fetches.MatchString(i.Text("member")) {
		all = append(all, i.Address+" lets another than the intelligence read users' credentials")
	}
	return all
}

// sourceKeeper checks that a role of our own goes to the api and lets it create
// secrets, or store and delete users' credentials, or to the sweeper and lets it
// delete them; and that nobody can read with it.
func sourceKeeper(c Config, i Instance) []string {
	var all []string
	var permissions []string
	for _, r := range c.Plan.Of(ownRole) {
		if i.Text("role") == r.Address+".name" {
			list, _ := r.At("permissions")
			permissions = texts(list)
		}
	}
	sweeps := erases.MatchString(i.Text("member")) && within(permissions, erasing)
	if !stores.MatchString(i.Text("member")) && !sweeps {
		all = append(all, i.Address+" lets another than the api store users' credentials")
	}
	switch {
	case len(permissions) == 0:
		all = append(all, i.Address+" gives a role of no permissions")
	case within(permissions, creating):
	case !within(permissions, keeping):
		all = append(all, fmt.Sprintf("%s gives more than storing users' credentials takes: %s", i.Address, strings.Join(permissions, ", ")))
	case !sourcesOnly.MatchString(i.Text("condition.expression")):
		all = append(all, i.Address+" is not limited to users' credentials")
	}
	return all
}

func within(list, allowed []string) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !slices.Contains(allowed, s) })
}
