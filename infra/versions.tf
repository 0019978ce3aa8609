terraform {
  required_version = ">= 1.9"

  # The bucket is given at init: -backend-config=bucket=PROJECT-netra-state
  backend "gcs" {
    prefix = "netra"
  }

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }
}

# The budget and API key services bill their calls to a project and need to be
# told which one.
provider "google" {
  project               = var.project_id
  region                = var.region
  user_project_override = true
  billing_project       = var.project_id
}

data "google_project" "this" {
  project_id = var.project_id
}
