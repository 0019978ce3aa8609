output "api_url" {
  description = "Base URL of the API."
  value       = local.url["api"]
}

output "console_url" {
  description = "Address of the web console."
  value       = local.url["console"]
}

output "bucket" {
  description = "Bucket of logs and normalised data."
  value       = google_storage_bucket.data.name
}

output "services" {
  description = "Cloud Run service of each function."
  value       = { for name, s in google_cloud_run_v2_service.function : name => s.name }
}

output "firebase_api_key" {
  description = "Browser key; served to every visitor by the console."
  value       = google_apikeys_key.browser.key_string
  sensitive   = true
}
