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
# netra-source-KIND-UID, stored by the users through the api, one for each user, so
# Terraform cannot list them. The one function that fetches may read the secrets
# with this prefix and no others. Secret Manager's resource names carry the
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

# The api stores them and can read none. Creating a secret is checked on the project
# (https://docs.cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create),
# whose name fits no prefix: a condition would refuse it always. So it is a role of
# its own: whoever has it can make an empty secret of any free name, and put
# something only into one with the prefix. The id of a deleted role is taken for 37
# days; that of the account is a new one each time.
resource "google_project_iam_custom_role" "source_creator" {
  project     = var.project_id
  role_id     = "netraSourceCreator${google_service_account.invoker.unique_id}"
  title       = "Netra creates secrets for users' credentials"
  permissions = ["secretmanager.secrets.create"]
}

resource "google_project_iam_custom_role" "source_keeper" {
  project = var.project_id
  role_id = "netraSourceKeeper${google_service_account.invoker.unique_id}"
  title   = "Netra stores and deletes users' credentials"
  permissions = [
    "secretmanager.secrets.delete",
    "secretmanager.versions.add",
    "secretmanager.versions.destroy",
    "secretmanager.versions.get",
    "secretmanager.versions.list",
  ]
}

# The sweeper finishes the erasing of a user (shared/erase) after a crash of the api:
# it may delete these secrets and nothing else with them.
resource "google_project_iam_custom_role" "source_eraser" {
  project     = var.project_id
  role_id     = "netraSourceEraser${google_service_account.invoker.unique_id}"
  title       = "Netra deletes the credentials of users who are erased"
  permissions = ["secretmanager.secrets.delete"]
}

resource "google_project_iam_member" "source_eraser" {
  project = var.project_id
  role    = google_project_iam_custom_role.source_eraser.name
  member  = google_service_account.function["sweeper"].member

  condition {
    title      = "netra-sources-only"
    expression = local.sources_only
  }
}

resource "google_project_iam_member" "source_creator" {
  project = var.project_id
  role    = google_project_iam_custom_role.source_creator.name
  member  = google_service_account.function["api"].member
}

resource "google_project_iam_member" "source_keeper" {
  project = var.project_id
  role    = google_project_iam_custom_role.source_keeper.name
  member  = google_service_account.function["api"].member

  condition {
    title      = "netra-sources-only"
    expression = local.sources_only
  }
}
