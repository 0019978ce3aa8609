package check

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// AWS are the rules for the deployment on AWS Lambda (infra/aws).
func AWS() []Rule {
	return []Rule{
		{"arguments exist and required ones are set", knownArguments},
		{"references name an attribute that exists", knownAttributes},
		{"variables say what they are and refuse nonsense", describedVariables},
		{"every function has its Lambda function with its limits", lambdaLimits},
		{"every Lambda function checks tokens", lambdaTokens},
		{"the api knows who may sign in", signIns},
		{"every function has a role of its own, and it is narrow", lambdaRoles},
		{"no bucket is open", closedS3},
		{"alarms reach somebody and have their runbook", alarms},
	}
}

func (c Config) lambda(function string) (Instance, bool) {
	return find(c.Plan, "aws_lambda_function", "function_name", "netra-"+function)
}

// maxReserved is what may be reserved of an account's 1,000 instances.
const maxReserved = 900

func lambdaLimits(c Config) []string {
	var all []string
	reserved := 0
	for _, f := range c.Table.Functions() {
		i, ok := c.lambda(f.Name)
		if !ok {
			all = append(all, "no Lambda function for "+f.Name)
			continue
		}
		all = append(all, differences(i, map[string]string{
			"timeout": strconv.Itoa(min(900, f.TimeoutSeconds)), "memory_size": strconv.Itoa(max(1024, f.MemoryMB)),
			"architectures": "[arm64]", "runtime": "provided.al2023", "handler": "bootstrap",
		})...)
		n, err := strconv.Atoi(i.Text("reserved_concurrent_executions"))
		if err != nil || n < 1 {
			all = append(all, f.Name+" has no limit of instances")
		}
		reserved += n
		if got := Environment(i)["FUNCTION_TARGET"]; got != f.Name {
			all = append(all, fmt.Sprintf("%s serves %s", i.Address, got))
		}
		if _, ok := find(c.Plan, "aws_lambda_function_url", "function_name", i.Address+".function_name"); !ok {
			all = append(all, f.Name+" has no address")
		}
	}
	if reserved > maxReserved {
		all = append(all, fmt.Sprintf("%d instances are reserved, over %d", reserved, maxReserved))
	}
	return all
}

// lambdaTokens checks that a function whose address anybody can call is told
// which token to demand; api and console are for everybody.
func lambdaTokens(c Config) []string {
	var all []string
	for _, f := range c.Table.Functions() {
		i, _ := c.lambda(f.Name)
		env := Environment(i)
		if env["NETRA_PUSH_AUDIENCE"] != "netra-"+f.Name || !strings.HasPrefix(env["NETRA_PUSH_ACCOUNT"], "netra-invoker@") {
			all = append(all, f.Name+" does not know which token to demand")
		}
		if env["GOOGLE_APPLICATION_CREDENTIALS"] != "/var/task/google-credentials.json" {
			all = append(all, f.Name+" cannot act on Google Cloud")
		}
	}
	return all
}

// policy is the part of an AWS policy that is checked.
type policy struct {
	Statement []struct {
		Effect   string
		Action   any
		Resource any
	}
}

func lambdaRoles(c Config) []string {
	var all []string
	user := map[string]string{}
	for _, i := range c.Plan.Of("aws_lambda_function") {
		role := i.Text("role")
		if role == "" || user[role] != "" {
			all = append(all, fmt.Sprintf("%s shares its role with %q", i.Address, user[role]))
		}
		user[role] = i.Address
	}
	for _, i := range c.Plan.Of("aws_iam_role_policy") {
		var p policy
		if err := json.Unmarshal([]byte(i.Text("policy")), &p); err != nil {
			all = append(all, i.Address+" is no policy: "+err.Error())
			continue
		}
		for _, s := range p.Statement {
			broad := func(text string) bool {
				return text == "*" || strings.HasSuffix(text, ":*") && !strings.Contains(text, "log_group")
			}
			if slices.Equal(texts(s.Action), []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords"}) {
				continue // X-Ray has no resources to name
			}
			if slices.ContainsFunc(texts(s.Action), broad) || slices.ContainsFunc(texts(s.Resource), broad) {
				all = append(all, fmt.Sprintf("%s allows %v on %v", i.Address, s.Action, s.Resource))
			}
		}
	}
	return all
}

// texts is a string or a list of strings, as a list.
func texts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		return []string{fmt.Sprint(v)}
	}
	var all []string
	for _, x := range list {
		all = append(all, fmt.Sprint(x))
	}
	return all
}

// alarms checks that every function is watched, that alarms go to the operators'
// topic, and that each is named after a runbook: "netra RUNBOOK FUNCTION".
func alarms(c Config) []string {
	var all []string
	watched := map[string]bool{}
	for _, a := range c.Plan.Of("aws_cloudwatch_metric_alarm") {
		words := strings.Fields(a.Text("alarm_name"))
		if len(words) != 3 {
			all = append(all, a.Address+" is not named netra RUNBOOK FUNCTION")
			continue
		}
		watched[words[1]+" "+words[2]] = true
		file := "infra/runbooks/" + words[1] + ".md"
		if _, err := fs.Stat(c.files, file); err != nil || !strings.Contains(a.Text("alarm_description"), file) {
			all = append(all, a.Address+" has no runbook "+file)
		}
		if !strings.Contains(a.Text("alarm_actions"), "aws_sns_topic.operators") {
			all = append(all, a.Address+" tells nobody")
		}
	}
	for _, f := range c.Table.Functions() {
		for _, alarm := range []string{"stage-errors", "memory", "instance-limit"} {
			if !watched[alarm+" "+f.Name] {
				all = append(all, fmt.Sprintf("no alarm %s for %s", alarm, f.Name))
			}
		}
	}
	return all
}

func closedS3(c Config) []string {
	var all []string
	for _, b := range c.Plan.Of("aws_s3_bucket") {
		block, ok := find(c.Plan, "aws_s3_bucket_public_access_block", "bucket", b.Address+".id")
		if !ok {
			all = append(all, b.Address+" may become public")
			continue
		}
		all = append(all, differences(block, map[string]string{
			"block_public_acls": "true", "block_public_policy": "true", "ignore_public_acls": "true", "restrict_public_buckets": "true",
		})...)
		if _, ok := find(c.Plan, "aws_s3_bucket_lifecycle_configuration", "bucket", b.Address+".id"); !ok {
			all = append(all, b.Address+" grows for ever")
		}
	}
	for _, cors := range c.Plan.Of("aws_s3_bucket_cors_configuration") {
		if strings.Contains(cors.Text("cors_rule.allowed_origins"), "*") {
			all = append(all, cors.Address+" takes uploads from any origin")
		}
	}
	return all
}
