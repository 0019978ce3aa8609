# What must exist before an image can be built: APIs, the registry, a place for
# sources, and the account that builds and deploys. Applied once, before ../.
terraform {
  required_version = ">= 1.9"

  backend "gcs" {
    prefix = "netra-bootstrap"
  }

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }
}

provider "google" {
  project               = var.project_id
  region                = var.region
  user_project_override = true
  billing_project       = var.project_id
}

locals {
  settings = jsondecode(file("${path.module}/../project.json"))
}

# Left enabled on destroy: other things in the project may use them by then.
resource "google_project_service" "api" {
  for_each = toset(local.settings.apis)

  service            = each.value
  disable_on_destroy = false
}

resource "google_artifact_registry_repository" "images" {
  repository_id = "netra"
  description   = "Netra's container image"
  location      = var.region
  format        = "DOCKER"

  # A tag never moves to another image. Old images go, the newest stay for rollback.
  docker_config {
    immutable_tags = true
  }

  cleanup_policies {
    id     = "keep-newest"
    action = "KEEP"
    most_recent_versions {
      keep_count = 10
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.api]
}

# Sources that gcloud uploads for a build; of no use a week later.
resource "google_storage_bucket" "source" {
  name                        = "${var.project_id}-netra-source"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = 7
    }
  }

  depends_on = [google_project_service.api]
}
