# The account that Cloud Build runs as. It may push images, deploy revisions of
# services and write logs; ../identity.tf lets it run them as the functions'
# accounts. It may not touch data, secrets or permissions.
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
