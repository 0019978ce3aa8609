resource "google_cloud_run_v2_service" "function" {
  for_each = local.functions

  name                = "netra-${each.key}"
  description         = "${each.value.title}: ${each.value.purpose}"
  location            = var.region
  deletion_protection = var.deletion_protection
  custom_audiences    = [local.url[each.key]]

  # Pub/Sub pushes and Scheduler calls of the same project count as internal.
  ingress = each.value.public ? "INGRESS_TRAFFIC_ALL" : "INGRESS_TRAFFIC_INTERNAL_ONLY"

  template {
    service_account                  = google_service_account.function[each.key].email
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    timeout                          = "${each.value.timeout_seconds}s"
    max_instance_request_concurrency = each.value.concurrency

    scaling {
      min_instance_count = 0
      max_instance_count = each.value.max_instances
    }

    containers {
      image = var.image

      ports {
        container_port = 8080
      }

      resources {
        limits = {
          cpu    = tostring(each.value.cpu)
          memory = "${each.value.memory_mb}Mi"
        }
        cpu_idle          = true
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = merge(local.environment, lookup(local.environment_of, each.key, {}), {
          FUNCTION_TARGET     = each.key
          NETRA_PUSH_AUDIENCE = local.url[each.key]
        })
        content {
          name  = env.key
          value = env.value
        }
      }

      # A revision gets traffic only after it could reach what it depends on. Two
      # minutes: in a first deployment the account's permissions are that young.
      startup_probe {
        period_seconds    = 2
        timeout_seconds   = 2
        failure_threshold = 60
        http_get {
          path = "/health/ready"
          port = 8080
        }
      }

      liveness_probe {
        period_seconds    = 10
        timeout_seconds   = 2
        failure_threshold = 3
        http_get {
          path = "/health/live"
          port = 8080
        }
      }
    }
  }

  # Delivery replaces the image and moves the traffic (scripts/deploy), and gcloud
  # leaves a label and its name. Not the revision: gcloud names none, and one that
  # somebody named by hand would be sent again with other contents, and refused.
  lifecycle {
    ignore_changes = [template[0].containers[0].image, template[0].labels, scaling, traffic, client, client_version]
  }

  depends_on = [
    google_project_iam_member.database,
    google_storage_bucket_iam_member.function,
  ]
}

locals {
  # What every function is told.
  environment = {
    NETRA_PROJECT     = var.project_id
    NETRA_BUCKET      = "gs://${local.bucket}"
    NETRA_API_URL     = local.url["api"]
    NETRA_CONSOLE_URL = join(",", local.origins)
    NETRA_LOG_LEVEL   = var.log_level

    # Spans go to Cloud Trace, which wants to be told the project.
    NETRA_OTLP_ENDPOINT      = "telemetry.googleapis.com:443"
    OTEL_RESOURCE_ATTRIBUTES = "gcp.project_id=${var.project_id}"

    NETRA_PUSH_ACCOUNT = google_service_account.invoker.email
  }

  # What only some are told: the model for the functions that may read its key, the
  # browser's sign-in settings for the console and the api, and the api where the
  # secrets lie that it creates.
  model_environment = var.model_enabled ? {
    NETRA_MODEL        = var.model
    NETRA_MODEL_SECRET = "netra-model-key"
  } : {}
  sign_in_environment = {
    NETRA_FIREBASE_API_KEY     = nonsensitive(google_apikeys_key.browser.key_string) # served to every browser
    NETRA_FIREBASE_AUTH_DOMAIN = "${var.project_id}.firebaseapp.com"
    NETRA_FIREBASE_GOOGLE      = tostring(nonsensitive(var.google_sign_in != null))
  }
  # Who may come in (shared/access). The smoke test's accounts are of netra.invalid,
  # where only an administrator of the project can make one with a verified address.
  access_environment = {
    NETRA_ALLOW          = join(",", join("", var.allow) == "anyone" ? var.allow : concat(var.allow, ["netra.invalid"]))
    NETRA_ACCESS_CONTACT = var.access_contact
  }
  environment_of = merge(
    { for name in local.secrets["netra-model-key"].functions : name => local.model_environment },
    { api = merge(local.sign_in_environment, local.access_environment, { NETRA_REGION = var.region }), console = local.sign_in_environment },
  )
}
