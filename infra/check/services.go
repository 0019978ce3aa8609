package check

import (
	"fmt"
	"strconv"
	"strings"
)

// leastMemoryMB is what Cloud Run's second generation needs:
// https://cloud.google.com/run/docs/configuring/services/memory-limits
const leastMemoryMB = 512

// serviceLimits compares each service with its row in stages.json.
func serviceLimits(c Config) []string {
	var all []string
	services := c.Plan.Of("google_cloud_run_v2_service")
	if want := len(c.Table.Functions()); len(services) != want {
		all = append(all, fmt.Sprintf("%d services for %d functions", len(services), want))
	}
	for _, f := range c.Table.Functions() {
		s, ok := c.service(f.Name)
		if !ok {
			all = append(all, "no service for "+f.Name)
			continue
		}
		const container = "template.containers."
		all = append(all, differences(s, map[string]string{
			"template.timeout":                          fmt.Sprintf("%ds", f.TimeoutSeconds),
			"template.max_instance_request_concurrency": strconv.Itoa(f.Concurrency),
			"template.scaling.min_instance_count":       "0",
			"template.scaling.max_instance_count":       strconv.Itoa(f.MaxInstances),
			container + "resources.limits.memory":       fmt.Sprintf("%dMi", f.MemoryMB),
			container + "resources.limits.cpu":          strconv.FormatFloat(f.CPU, 'g', -1, 64),
		})...)
		if f.MemoryMB < leastMemoryMB {
			all = append(all, fmt.Sprintf("%s has %d MiB; the second generation takes no less than %d", f.Name, f.MemoryMB, leastMemoryMB))
		}
		if got := Environment(s)["FUNCTION_TARGET"]; got != f.Name {
			all = append(all, fmt.Sprintf("%s serves %q", s.Address, got))
		}
	}
	for _, s := range c.Table.Stages {
		if s.TimeoutSeconds >= c.Table.Delivery.AckDeadlineSeconds {
			all = append(all, fmt.Sprintf("stage %s may take %d s, but is delivered again after %d s", s.Name, s.TimeoutSeconds, c.Table.Delivery.AckDeadlineSeconds))
		}
	}
	return all
}

// serviceShape checks what is the same for every service.
func serviceShape(c Config) []string {
	var all []string
	for _, s := range c.Plan.Of("google_cloud_run_v2_service") {
		const container = "template.containers."
		all = append(all, differences(s, map[string]string{
			"template.execution_environment":              "EXECUTION_ENVIRONMENT_GEN2",
			container + "resources.startup_cpu_boost":     "true",
			container + "resources.cpu_idle":              "true",
			container + "startup_probe.http_get.path":     "/health/ready",
			container + "startup_probe.period_seconds":    "2",
			container + "startup_probe.failure_threshold": "60",
			container + "liveness_probe.http_get.path":    "/health/live",
			container + "ports.container_port":            "8080",
			container + "startup_probe.http_get.port":     "8080",
			container + "liveness_probe.http_get.port":    "8080",
		})...)
		if !strings.Contains(s.Text(container+"image"), "@sha256:") {
			all = append(all, s.Address+" runs an image that is not pinned by digest")
		}
	}
	return all
}

// delivered checks that Terraform leaves alone what delivery changes (image,
// traffic, and what gcloud leaves behind), and nothing else of a service.
func delivered(c Config) []string {
	const want = "template[0].containers[0].image template[0].labels scaling traffic client client_version"
	block := c.Plan.Module.Resources["google_cloud_run_v2_service.function"]
	if block == nil {
		return []string{"there are no services"}
	}
	got := strings.Join(ignored(block), " ")
	if got != want {
		return []string{fmt.Sprintf("terraform leaves %q of the services alone, want %q", got, want)}
	}
	return nil
}

// reusable checks that what Google remembers under its name after it was deleted
// gets another name each time: else a demo that was removed cannot come back.
func reusable(c Config) []string {
	var all []string
	for kind, name := range map[string]string{"google_apikeys_key": "name", "google_project_iam_custom_role": "role_id"} {
		for _, i := range c.Plan.Of(kind) {
			if !strings.Contains(i.Text(name), ".unique_id") {
				all = append(all, fmt.Sprintf("%s cannot be made again after it was deleted: %s = %q", i.Address, name, i.Text(name)))
			}
		}
	}
	for _, i := range c.Plan.Of("google_billing_budget") {
		if currency := i.Text("amount.specified_amount.currency_code"); currency != "" {
			all = append(all, i.Address+" is refused on a billing account that does not pay in "+currency)
		}
	}
	return all
}

// ownAccounts checks that no two services share an account and that every
// account is used.
func ownAccounts(c Config) []string {
	var all []string
	user := map[string]string{}
	for _, s := range c.Plan.Of("google_cloud_run_v2_service") {
		account := s.Text("template.service_account")
		if account == "" {
			all = append(all, s.Address+" runs as the project's default account")
		} else if other, taken := user[account]; taken {
			all = append(all, fmt.Sprintf("%s and %s share %s", s.Address, other, account))
		}
		user[account] = s.Address
	}
	for _, a := range c.Plan.Of("google_service_account", "function") {
		if user[a.Address+".email"] == "" {
			all = append(all, a.Address+" runs nothing")
		}
	}
	return all
}

// differences lists the attributes whose value is not the wanted one.
func differences(i Instance, want map[string]string) []string {
	var all []string
	for at, v := range want {
		if got := i.Text(at); got != v {
			all = append(all, fmt.Sprintf("%s has %s = %q, want %q", i.Address, at, got, v))
		}
	}
	return all
}
