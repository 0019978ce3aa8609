output "repository" {
  description = "Registry path of the image, without tag or digest."
  value       = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.images.repository_id}/netra"
}

output "source_bucket" {
  description = "Where gcloud uploads sources for a build."
  value       = google_storage_bucket.source.name
}

output "build_account" {
  description = "Account that Cloud Build runs as."
  value       = google_service_account.build.email
}
