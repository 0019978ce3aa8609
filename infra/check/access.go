package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"netra/shared/access"
)

// public are the members that mean everybody.
var public = []string{"allUsers", "allAuthenticatedUsers"}

// publicFunctions checks that exactly the public functions can be called by
// everybody, and that the others take internal traffic only.
func publicFunctions(c Config) []string {
	var all []string
	open := map[string]bool{}
	for _, i := range c.Plan.Instances {
		member := i.Text("member")
		members, _ := i.At("members")
		list, _ := members.([]any)
		for _, m := range append(list, member) {
			if !slices.Contains(public, fmt.Sprint(m)) {
				continue
			}
			if i.Kind != "google_cloud_run_v2_service_iam_member" || i.Text("role") != "roles/run.invoker" {
				all = append(all, fmt.Sprintf("%s gives %s to %s", i.Address, i.Text("role"), m))
				continue
			}
			open[i.Text("name")] = true
		}
	}
	for _, f := range c.Table.Functions() {
		s, ok := c.service(f.Name)
		if !ok {
			continue
		}
		ingress := "INGRESS_TRAFFIC_INTERNAL_ONLY"
		if f.Public {
			ingress = "INGRESS_TRAFFIC_ALL"
		}
		all = append(all, differences(s, map[string]string{"ingress": ingress})...)
		if isOpen := open[s.Address+".name"]; isOpen != f.Public {
			all = append(all, fmt.Sprintf("%s: public is %v in stages.json, but everybody may call it is %v", f.Name, f.Public, isOpen))
		}
	}
	return all
}

// signIns checks that the api is told who may come in: everybody, or a list that
// the smoke test is on, whose accounts only an administrator can make.
func signIns(c Config) []string {
	api, ok := c.service("api")
	if !ok {
		api, _ = c.lambda("api")
	}
	list := Environment(api)["NETRA_ALLOW"]
	switch entries := strings.Split(list, ","); {
	case list == "":
		return []string{"api does not know who may sign in"}
	case list == access.Anyone:
		return nil
	case entries[len(entries)-1] != access.Operators:
		return []string{"api does not let the smoke test in: " + list}
	default:
		if _, err := access.Parse(entries, ""); err != nil {
			return []string{err.Error()}
		}
		return nil
	}
}

// projectRoles are the only roles that may be given on a whole project: their
// resources cannot carry a binding of their own. Secrets can, but those of users
// come and go without Terraform; the condition of sourcesOnly stands for them.
var projectRoles = []string{
	"roles/datastore.user", "roles/telemetry.tracesWriter", "roles/run.developer", "roles/logging.logWriter",
	secretAccessor,
}

const secretAccessor = "roles/secretmanager.secretAccessor"

var (
	oneDatabase = regexp.MustCompile(`^resource\.name == "projects/[a-z0-9-]+/databases/\(default\)"$`)
	makesUsers  = regexp.MustCompile(`^google_project_iam_custom_role\.makes_users(\.name)?$`)
)

// narrowRoles refuses basic and administrator roles anywhere, project-wide
// roles but a few, and bindings that would replace those of others.
func narrowRoles(c Config) []string {
	var all []string
	for _, i := range c.Plan.Instances {
		role := i.Text("role")
		if strings.HasSuffix(i.Kind, "_iam_binding") || strings.HasSuffix(i.Kind, "_iam_policy") && strings.HasPrefix(i.Kind, "google_") {
			all = append(all, i.Address+" takes the role from everybody else; use _iam_member")
		}
		if role == "roles/owner" || role == "roles/editor" || role == "roles/viewer" || strings.HasSuffix(strings.ToLower(role), "admin") {
			all = append(all, fmt.Sprintf("%s gives the broad role %s", i.Address, role))
		}
		if makesUsers.MatchString(i.Address) && i.Text("permissions") != "[firebaseauth.users.create]" {
			all = append(all, fmt.Sprintf("%s may do %s", i.Address, i.Text("permissions")))
		}
		own := strings.HasPrefix(role, ownRole+".") && !makesUsers.MatchString(role)
		if i.Kind == "google_project_iam_member" && !slices.Contains(projectRoles, role) && !own && !makesUsers.MatchString(role) {
			all = append(all, fmt.Sprintf("%s gives %s on the whole project", i.Address, role))
		}
		if role == "roles/datastore.user" && !oneDatabase.MatchString(i.Text("condition.expression")) {
			all = append(all, i.Address+" is not limited to the one database")
		}
		if i.Kind == "google_project_iam_member" && role == secretAccessor {
			all = append(all, sourceReader(i)...)
		}
		if own {
			all = append(all, sourceKeeper(c, i)...)
		}
	}
	return all
}

// secretReaders checks that a function that is told the name of a secret may
// read it, and that nobody else may. (A secret that nobody is told of belongs
// to a part that is switched off.)
func secretReaders(c Config) []string {
	secret := map[string]string{} // address + ".id" -> name
	for _, s := range c.Plan.Of("google_secret_manager_secret") {
		secret[s.Address+".id"] = s.Text("secret_id")
	}
	may := map[string]bool{} // name + " " + account member
	for _, m := range c.Plan.Of("google_secret_manager_secret_iam_member") {
		if m.Text("role") == secretAccessor {
			may[secret[m.Text("secret_id")]+" "+m.Text("member")] = true
		}
	}
	var all []string
	named, inUse := map[string]bool{}, map[string]bool{}
	for _, s := range c.Plan.Of("google_cloud_run_v2_service") {
		account := strings.TrimSuffix(s.Text("template.service_account"), ".email") + ".member"
		for name, value := range Environment(s) {
			if !strings.HasSuffix(name, "_SECRET") {
				continue
			}
			named[value+" "+account], inUse[value] = true, true
			if !may[value+" "+account] {
				all = append(all, fmt.Sprintf("%s is told of secret %q, but may not read it", s.Address, value))
			}
		}
	}
	for pair := range may {
		if name, account, _ := strings.Cut(pair, " "); inUse[name] && !named[pair] {
			all = append(all, fmt.Sprintf("%s may read secret %q without need", account, name))
		}
	}
	return all
}
