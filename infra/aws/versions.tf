# The same functions on AWS Lambda. State, queues and sign-in stay on Google
# Cloud: ../federation.tf lets these functions' roles in, without a key, and
# ../pubsub.tf pushes to their URLs.
terraform {
  required_version = ">= 1.9"

  # The bucket is given at init: -backend-config=bucket=NAME -backend-config=region=REGION
  backend "s3" {
    key          = "netra/terraform.tfstate"
    use_lockfile = true
  }

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { application = "netra" }
  }
}

data "aws_caller_identity" "this" {}
