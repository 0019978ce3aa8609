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
