package check

import (
	"encoding/json"
	"fmt"
	"io/fs"

	"github.com/zclconf/go-cty/cty"

	"netra/shared/pipeline"
)

// Config is what the rules look at: a planned configuration and the lists that
// it must agree with.
type Config struct {
	Plan   Plan
	Table  pipeline.Table
	Schema Schema
	files  fs.FS
}

// Read loads and plans the Terraform folder dir. files is rooted at the
// repository.
func Read(files fs.FS, dir string, variables map[string]cty.Value) (Config, error) {
	module, err := Load(files, dir)
	if err != nil {
		return Config{}, err
	}
	plan, err := module.Evaluate(variables)
	if err != nil {
		return Config{}, fmt.Errorf("evaluate %s: %w", dir, err)
	}
	c := Config{Plan: plan, files: files}
	data, err := fs.ReadFile(files, "shared/pipeline/stages.json")
	if err != nil {
		return Config{}, fmt.Errorf("read the stage table: %w", err)
	}
	if err := json.Unmarshal(data, &c.Table); err != nil {
		return Config{}, fmt.Errorf("parse the stage table: %w", err)
	}
	c.Schema, err = LoadSchema()
	return c, err
}

// Rule is one thing that must hold. Check returns what breaks it, one line
// each; nothing means that it holds.
type Rule struct {
	Name  string
	Check func(Config) []string
}

// Everywhere are the rules for every Terraform folder.
func Everywhere() []Rule {
	return []Rule{
		{"arguments exist and required ones are set", knownArguments},
		{"references name an attribute that exists", knownAttributes},
		{"variables say what they are and refuse nonsense", describedVariables},
		{"no role is broader than its job", narrowRoles},
		{"buckets are closed and clean up", closedBuckets},
		{"it can be made in any account, and again", reusable},
	}
}

// Google are the rules for the deployment on Google Cloud.
func Google() []Rule {
	return append(Everywhere(), []Rule{
		{"every function has its service with its limits", serviceLimits},
		{"every service runs hardened and probed", serviceShape},
		{"delivery and terraform do not undo each other", delivered},
		{"every function has an account of its own", ownAccounts},
		{"only public functions are open", publicFunctions},
		{"the api knows who may sign in", signIns},
		{"every stage is pushed to", stageDelivery},
		{"every push has a token that its receiver accepts", pushTokens},
		{"every push has a dead letter that Pub/Sub may use", deadLetters},
		{"publishers may publish, and nobody else", publishers},
		{"schedules call with a token", schedules},
		{"secrets are readable by those who name them", secretReaders},
		{"alerts and runbooks match", runbooks},
		{"counted log lines are looked at", countedLines},
		{"what expires is deleted", expiry},
	}...)
}

// Broken runs the rules and returns what breaks, prefixed with the rule's name.
func (c Config) Broken(rules []Rule) []string {
	var all []string
	for _, rule := range rules {
		for _, problem := range rule.Check(c) {
			all = append(all, rule.Name+": "+problem)
		}
	}
	return all
}

// service returns the Cloud Run service of a function.
func (c Config) service(function string) (Instance, bool) {
	for _, i := range c.Plan.Of("google_cloud_run_v2_service") {
		if i.Text("name") == "netra-"+function {
			return i, true
		}
	}
	return Instance{}, false
}

// Environment returns the variables of a Cloud Run service's container or of a
// Lambda function.
func Environment(i Instance) map[string]string {
	env := map[string]string{}
	for _, template := range i.All("template") {
		for _, container := range template.All("containers") {
			for _, e := range container.All("env") {
				env[e.Text("name")] = e.Text("value")
			}
		}
	}
	v, _ := i.At("environment.variables")
	variables, _ := v.(map[string]any)
	for name, value := range variables {
		env[name] = fmt.Sprint(value)
	}
	return env
}
