# The account that Cloud Build runs as. It may push images, deploy revisions of
# services and write logs; ../identity.tf lets it run them as the functions'
# accounts. It may make a user for the smoke test, and not read, change or delete
# one. It may not touch data, secrets or permissions.
resource "google_service_account" "build" {
  account_id   = "netra-build"
  display_name = "Netra build and delivery"

  depends_on = [google_project_service.api]
}

resource "google_artifact_registry_repository_iam_member" "build_pushes" {
  repository = google_artifact_registry_repository.images.name
  location   = var.region
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.build.member
}

resource "google_storage_bucket_iam_member" "build_reads_source" {
  bucket = google_storage_bucket.source.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.build.member
}

resource "google_project_iam_member" "build" {
  for_each = toset(["roles/run.developer", "roles/logging.logWriter"])

  project = var.project_id
  role    = each.value
  member  = google_service_account.build.member
}

# The id of a deleted role is taken for 37 days, so that a demo which was removed
# could not come back; that of the account is a new one each time.
resource "google_project_iam_custom_role" "makes_users" {
  role_id     = "netraMakesUsers${google_service_account.build.unique_id}"
  title       = "Netra: make a user for the smoke test"
  permissions = ["firebaseauth.users.create"]
}

resource "google_project_iam_member" "build_makes_users" {
  project = var.project_id
  role    = google_project_iam_custom_role.makes_users.name
  member  = google_service_account.build.member
}
