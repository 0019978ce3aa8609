# Functions on AWS Lambda (aws/) act on Google Cloud without a key: Google trusts
# the roles of one AWS account, and each role may do what the function's own
# account may.
locals {
  on_lambda = var.lambda == null ? {} : { for name, url in var.lambda.urls : name => trimsuffix(url, "/") }
  federated = { for name, url in local.on_lambda : name => local.functions[name] }

  # Where each function is called, and for whom the token is made out. A Lambda
  # function cannot know its address before it exists: its audience is its name.
  target = {
    for name, f in local.functions : name => {
      url      = lookup(local.on_lambda, name, local.url[name])
      audience = contains(keys(local.on_lambda), name) ? "netra-${name}" : local.url[name]
    }
  }

  # The identity of a function's AWS role.
  role_member = {
    for name, f in local.federated : name => join("", [
      "principalSet://iam.googleapis.com/", google_iam_workload_identity_pool.aws[0].name,
      "/attribute.aws_role/arn:aws:sts::${var.lambda.account_id}:assumed-role/netra-${name}",
    ])
  }
}

resource "google_iam_workload_identity_pool" "aws" {
  count = var.lambda == null ? 0 : 1

  workload_identity_pool_id = "netra-aws"
  display_name              = "Netra on AWS Lambda"
}

resource "google_iam_workload_identity_pool_provider" "aws" {
  count = var.lambda == null ? 0 : 1

  workload_identity_pool_id          = google_iam_workload_identity_pool.aws[0].workload_identity_pool_id
  workload_identity_pool_provider_id = "aws"
  attribute_condition                = "attribute.aws_role.startsWith(\"arn:aws:sts::${var.lambda.account_id}:assumed-role/netra-\")"
  attribute_mapping = {
    "google.subject"     = "assertion.arn"
    "attribute.aws_role" = "\"arn:aws:sts::\" + assertion.account + \":assumed-role/\" + assertion.arn.extract(\"assumed-role/{role}/\")"
  }
  aws {
    account_id = var.lambda.account_id
  }
}

resource "google_project_iam_member" "lambda_database" {
  for_each = { for name, f in local.federated : name => f if name != "console" }

  project = var.project_id
  role    = "roles/datastore.user"
  member  = local.role_member[each.key]

  condition {
    title      = "netra-database-only"
    expression = "resource.name == \"projects/${var.project_id}/databases/(default)\""
  }
}

resource "google_project_iam_member" "lambda_traces" {
  for_each = local.federated

  project = var.project_id
  role    = "roles/telemetry.tracesWriter"
  member  = local.role_member[each.key]
}

resource "google_pubsub_topic_iam_member" "lambda_publisher" {
  for_each = { for key, p in local.publishing : key => p if contains(keys(local.federated), p.function) }

  topic  = google_pubsub_topic.stage[each.value.stage].id
  role   = "roles/pubsub.publisher"
  member = local.role_member[each.value.function]
}

resource "google_secret_manager_secret_iam_member" "lambda_reader" {
  for_each = { for key, r in local.readers : key => r if contains(keys(local.federated), r.function) }

  secret_id = google_secret_manager_secret.secret[each.value.secret].id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.role_member[each.value.function]
}

resource "google_project_iam_member" "lambda_sources" {
  for_each = { for name, f in local.federated : name => f if name == "intelligence" }

  project = var.project_id
  role    = "roles/secretmanager.secretAccessor"
  member  = local.role_member[each.key]

  condition {
    title      = "netra-sources-only"
    expression = local.sources_only
  }
}

resource "google_project_iam_member" "lambda_source_creator" {
  for_each = { for name, f in local.federated : name => f if name == "api" }

  project = var.project_id
  role    = google_project_iam_custom_role.source_creator.name
  member  = local.role_member[each.key]
}

resource "google_project_iam_member" "lambda_source_keeper" {
  for_each = { for name, f in local.federated : name => f if name == "api" }

  project = var.project_id
  role    = google_project_iam_custom_role.source_keeper.name
  member  = local.role_member[each.key]

  condition {
    title      = "netra-sources-only"
    expression = local.sources_only
  }
}

resource "google_project_iam_member" "lambda_source_eraser" {
  for_each = { for name, f in local.federated : name => f if name == "sweeper" }

  project = var.project_id
  role    = google_project_iam_custom_role.source_eraser.name
  member  = local.role_member[each.key]

  condition {
    title      = "netra-sources-only"
    expression = local.sources_only
  }
}

# For functions that use the bucket on Google Cloud (bucket_url of aws/).
resource "google_storage_bucket_iam_member" "lambda" {
  for_each = { for name, role in local.bucket_roles : name => role if contains(keys(local.federated), name) }

  bucket = google_storage_bucket.data.name
  role   = each.value
  member = local.role_member[each.key]
}
