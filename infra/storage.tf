# Uploaded logs and normalised data. Browsers put objects through signed URLs.
resource "google_storage_bucket" "data" {
  name                        = local.bucket
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.deletion_protection

  # Deleted means deleted: a user's log must not come back.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  # The sweeper deletes by each user's retention; this is the backstop, past the
  # longest retention of any plan.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = 400
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 1
    }
  }

  cors {
    origin          = local.origins
    method          = ["PUT"]
    response_header = ["Content-Type", "Content-Length", "x-goog-content-length-range", "x-goog-resumable"]
    max_age_seconds = 3600
  }
}

# Who reads and who writes logs, normalised data and large artifacts.
resource "google_storage_bucket_iam_member" "function" {
  for_each = local.bucket_roles

  bucket = google_storage_bucket.data.name
  role   = each.value
  member = google_service_account.function[each.key].member
}

locals {
  bucket_roles = merge(
    { for name, s in local.stages : name => "roles/storage.objectUser" },
    {
      triage  = "roles/storage.objectViewer"
      api     = "roles/storage.objectUser"
      sweeper = "roles/storage.objectUser"
    },
  )
}
