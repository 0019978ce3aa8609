# One account for each function, and one that Pub/Sub and Scheduler call with.
resource "google_service_account" "function" {
  for_each = local.functions

  account_id   = "netra-${each.key}"
  display_name = "Netra ${each.value.title}"
}

resource "google_service_account" "invoker" {
  account_id   = "netra-invoker"
  display_name = "Netra pushes and schedules"
}

# Only the api and the console answer the public.
resource "google_cloud_run_v2_service_iam_member" "public" {
  for_each = { for name, f in local.functions : name => f if f.public }

  name     = google_cloud_run_v2_service.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "allUsers"
}

resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = local.private

  name     = google_cloud_run_v2_service.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.invoker.member
}

# State: every function but the console, and only the one database.
resource "google_project_iam_member" "database" {
  for_each = { for name, f in local.functions : name => f if name != "console" }

  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.function[each.key].member

  condition {
    title      = "netra-database-only"
    expression = "resource.name == \"projects/${var.project_id}/databases/(default)\""
  }
}

# Traces; logs need no permission on Cloud Run.
resource "google_project_iam_member" "traces" {
  for_each = local.functions

  project = var.project_id
  role    = "roles/telemetry.tracesWriter"
  member  = google_service_account.function[each.key].member
}

# The api signs upload URLs as itself, without a key file.
resource "google_service_account_iam_member" "api_signs_as_itself" {
  service_account_id = google_service_account.function["api"].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = google_service_account.function["api"].member
}

# Pub/Sub makes the tokens of its pushes with the invoker's identity.
resource "google_service_account_iam_member" "pubsub_signs_as_invoker" {
  service_account_id = google_service_account.invoker.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.pubsub_agent
}

# The build account may deploy revisions that run as the functions' accounts.
resource "google_service_account_iam_member" "build_deploys_as" {
  for_each = local.functions

  service_account_id = google_service_account.function[each.key].name
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:netra-build@${var.project_id}.iam.gserviceaccount.com"
}
