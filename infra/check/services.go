package check

import (
	"fmt"
	"strconv"
	"strings"
)

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
			"template.execution_environment":           "EXECUTION_ENVIRONMENT_GEN2",
			container + "resources.startup_cpu_boost":  "true",
			container + "resources.cpu_idle":           "true",
			container + "startup_probe.http_get.path":  "/health/ready",
			container + "liveness_probe.http_get.path": "/health/live",
			container + "ports.container_port":         "8080",
			container + "startup_probe.http_get.port":  "8080",
			container + "liveness_probe.http_get.port": "8080",
		})...)
		if !strings.Contains(s.Text(container+"image"), "@sha256:") {
			all = append(all, s.Address+" runs an image that is not pinned by digest")
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
