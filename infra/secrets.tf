# Names only: values are added with gcloud (scripts/demo asks for them) and never
# pass through Terraform or its state.
locals {
  secrets = { for s in local.settings.secrets : s.name => s }
  readers = merge([for name, s in local.secrets : { for f in s.functions : "${name}/${f}" => { secret = name, function = f } }]...)
}

resource "google_secret_manager_secret" "secret" {
  for_each = local.secrets

  secret_id = each.key

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = local.readers

  secret_id = google_secret_manager_secret.secret[each.value.secret].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.function[each.value.function].member
}

# Credentials of users for the sources of their logs (shared/connector): named
# netra-source-KIND-UID, made by the operator or the user with gcloud, one for each
# user, so Terraform cannot list them. The one function that fetches may read the
# secrets with this prefix and no others. Secret Manager's resource names carry the
# project's number: https://cloud.google.com/iam/docs/conditions-resource-attributes
locals {
  sources_only = "resource.name.startsWith(\"projects/${data.google_project.this.number}/secrets/netra-source-\")"
}

resource "google_project_iam_member" "sources" {
  project = var.project_id
  role    = "roles/secretmanager.secretAccessor"
  member  = google_service_account.function["intelligence"].member

  condition {
    title      = "netra-sources-only"
    expression = local.sources_only
  }
}
