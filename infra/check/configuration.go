package check

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// knownArguments checks every resource against its provider's schema.
func knownArguments(c Config) []string {
	var all []string
	for _, i := range c.Plan.Instances {
		schema, ok := c.Schema[schemaKey(i.Address, i.Kind)]
		if !ok {
			all = append(all, fmt.Sprintf("%s: no schema for %s (add it with infra/check/genschema)", i.Address, i.Kind))
			continue
		}
		all = append(all, schema.problems(i.Block, i.Address)...)
	}
	return all
}

func schemaKey(address, kind string) string {
	if strings.HasPrefix(address, "data.") {
		return "data." + kind
	}
	return kind
}

// knownAttributes checks that what is read from a resource is one of its
// attributes.
func knownAttributes(c Config) []string {
	found := map[string]bool{}
	c.Plan.Module.walk(func(expr hclsyntax.Expression) {
		for _, t := range expr.Variables() {
			key := resourceOf(t)
			block := c.Plan.Module.Resources[key]
			if block == nil {
				continue
			}
			name := attributeOf(t, key)
			if name != "" && !c.Schema[schemaKey(key, block.Labels[0])].has(name) {
				found[fmt.Sprintf("%s: %s has no attribute %q", t.SourceRange(), key, name)] = true
			}
		}
	})
	return slices.Sorted(maps.Keys(found))
}

// attributeOf returns the first attribute that a reference takes from its resource.
func attributeOf(t hcl.Traversal, key string) string {
	for _, step := range t[strings.Count(key, ".")+1:] {
		if attr, ok := step.(hcl.TraverseAttr); ok {
			return attr.Name
		}
	}
	return ""
}

// describedVariables checks that a variable has a type and a description, and
// that a string or number refuses values that cannot be right.
func describedVariables(c Config) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(c.Plan.Module.Variables)) {
		body := c.Plan.Module.Variables[name].Body
		if body.Attributes["description"] == nil {
			all = append(all, name+" has no description")
		}
		kind := hcl.ExprAsKeyword(body.Attributes["type"].Expr)
		if (kind == "string" || kind == "number") && len(body.Blocks) == 0 {
			all = append(all, name+" takes any "+kind)
		}
	}
	return all
}

// closedBuckets checks that no bucket can become public or grow for ever.
func closedBuckets(c Config) []string {
	var all []string
	for _, b := range c.Plan.Of("google_storage_bucket") {
		all = append(all, differences(b, map[string]string{
			"uniform_bucket_level_access": "true",
			"public_access_prevention":    "enforced",
			"lifecycle_rule.action.type":  "Delete",
		})...)
		for _, cors := range b.All("cors") {
			if strings.Contains(cors.Text("origin"), "*") {
				all = append(all, b.Address+" takes uploads from any origin")
			}
		}
	}
	return all
}

// runbooks checks that every alert carries its runbook and that no runbook is
// without an alert.
func runbooks(c Config) []string {
	var all []string
	known := map[string]bool{}
	for _, a := range c.Plan.Of("google_monitoring_alert_policy") {
		known[a.Key] = true
		if !strings.HasPrefix(a.Text("documentation.content"), "# "+a.Key+":") {
			all = append(all, a.Address+" does not carry the runbook of its name")
		}
	}
	files, err := fs.Glob(c.files, path.Join(c.Plan.Module.Dir, "runbooks", "*.md"))
	if err != nil || len(files) == 0 {
		return append(all, "there are no runbooks")
	}
	for _, file := range files {
		if !known[strings.TrimSuffix(path.Base(file), ".md")] {
			all = append(all, file+" belongs to no alert")
		}
	}
	return all
}

var userMetric = regexp.MustCompile(`logging_googleapis_com:user_(\w+)`)

// countedLines checks that alerts and charts that look at counted log lines name
// a metric that is made, and that no metric is made for nobody.
func countedLines(c Config) []string {
	var all []string
	unused := map[string]bool{}
	for _, m := range c.Plan.Of("google_logging_metric") {
		unused[m.Text("name")] = true
	}
	made := maps.Clone(unused)
	look := func(where, queries string) {
		for _, found := range userMetric.FindAllStringSubmatch(queries, -1) {
			delete(unused, found[1])
			if !made[found[1]] {
				all = append(all, fmt.Sprintf("%s looks at %s, which nothing counts", where, found[1]))
			}
		}
	}
	for _, a := range c.Plan.Of("google_monitoring_alert_policy") {
		look(a.Address, a.Text("conditions.condition_prometheus_query_language.query"))
	}
	for name := range unused {
		all = append(all, name+" is counted, and no alert looks at it")
	}
	for _, d := range c.Plan.Of("google_monitoring_dashboard") {
		look(d.Address, d.Text("dashboard_json"))
	}
	return all
}

// Collections whose documents carry expire_at (the layout is in
// shared/store/firestore). What is swept has objects in the bucket or documents
// below it, which a TTL policy would leave behind; the rest Firestore may delete.
var (
	swept   = []string{"runs", "threads", "datasets"}
	expired = []string{"events", "results", "artifacts", "messages", "idempotency"}
)

// expiry checks that everything that expires is deleted in the right way, and
// that the sweeper's queries have their collection-group index.
func expiry(c Config) []string {
	var all []string
	for _, collection := range slices.Concat(swept, expired) {
		field := c.expireAt(collection)
		if field == nil {
			all = append(all, collection+" has no settings for expire_at")
			continue
		}
		if !strings.Contains(fmt.Sprint(field.All("index_config")), "COLLECTION_GROUP") {
			all = append(all, collection+" cannot be swept: expire_at has no collection-group index")
		}
		if ttl := len(field.All("ttl_config")) == 1; ttl != slices.Contains(expired, collection) {
			all = append(all, fmt.Sprintf("%s: has a TTL policy is %v", collection, ttl))
		}
	}
	return all
}

func (c Config) expireAt(collection string) *Instance {
	for _, f := range c.Plan.Of("google_firestore_field") {
		if f.Text("collection") == collection && f.Text("field") == "expire_at" {
			return &f
		}
	}
	return nil
}
