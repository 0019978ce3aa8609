package check

import (
	"strconv"
	"strings"
)

// Render turns a planned google_cloud_run_v2_service into the service
// description that Cloud Run itself takes (apiVersion serving.knative.dev/v1),
// as "gcloud run services replace" reads it.
func Render(service Instance) map[string]any {
	ingress := map[string]string{
		"INGRESS_TRAFFIC_ALL": "all", "INGRESS_TRAFFIC_INTERNAL_ONLY": "internal",
	}[service.Text("ingress")]
	env := []any{}
	for name, value := range Environment(service) {
		env = append(env, map[string]any{"name": name, "value": value})
	}
	const container = "template.containers."
	return map[string]any{
		"apiVersion": "serving.knative.dev/v1",
		"kind":       "Service",
		"metadata": map[string]any{
			"name":        service.Text("name"),
			"annotations": map[string]any{"run.googleapis.com/ingress": ingress},
		},
		"spec": map[string]any{"template": map[string]any{
			"metadata": map[string]any{"annotations": map[string]any{
				"autoscaling.knative.dev/minScale":         service.Text("template.scaling.min_instance_count"),
				"autoscaling.knative.dev/maxScale":         service.Text("template.scaling.max_instance_count"),
				"run.googleapis.com/execution-environment": generation(service.Text("template.execution_environment")),
				"run.googleapis.com/startup-cpu-boost":     service.Text(container + "resources.startup_cpu_boost"),
				"run.googleapis.com/cpu-throttling":        service.Text(container + "resources.cpu_idle"),
			}},
			"spec": map[string]any{
				"serviceAccountName":   service.Text("template.service_account"),
				"containerConcurrency": number(service.Text("template.max_instance_request_concurrency")),
				"timeoutSeconds":       number(strings.TrimSuffix(service.Text("template.timeout"), "s")),
				"containers": []any{map[string]any{
					"image": service.Text(container + "image"),
					"env":   env,
					"ports": []any{map[string]any{"containerPort": number(service.Text(container + "ports.container_port"))}},
					"resources": map[string]any{"limits": map[string]any{
						"cpu": service.Text(container + "resources.limits.cpu"), "memory": service.Text(container + "resources.limits.memory"),
					}},
					"startupProbe":  probe(service, container+"startup_probe."),
					"livenessProbe": probe(service, container+"liveness_probe."),
				}},
			},
		}},
	}
}

func probe(service Instance, at string) map[string]any {
	return map[string]any{
		"periodSeconds":    number(service.Text(at + "period_seconds")),
		"timeoutSeconds":   number(service.Text(at + "timeout_seconds")),
		"failureThreshold": number(service.Text(at + "failure_threshold")),
		"httpGet":          map[string]any{"path": service.Text(at + "http_get.path"), "port": number(service.Text(at + "http_get.port"))},
	}
}

func generation(environment string) string {
	return strings.ToLower(strings.TrimPrefix(environment, "EXECUTION_ENVIRONMENT_"))
}

// number is a whole number; -1 for text that is none, which no field takes.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}
