locals {
  table     = jsondecode(file("${path.module}/../../shared/pipeline/stages.json"))
  defaults  = { public = false, schedule = "" }
  stages    = { for s in local.table.stages : s.name => merge(local.defaults, s) }
  services  = { for s in local.table.services : s.name => merge(local.defaults, s) }
  functions = merge(local.stages, local.services)

  # An instance of Lambda serves one request at a time, so what an instance of
  # Cloud Run does at once becomes instances; 200 leaves room in an account's 1,000.
  instances = { for name, f in local.functions : name => min(f.max_instances * f.concurrency, 200) }

  bucket = "${var.project_id}-netra-${data.aws_caller_identity.this.account_id}"
}

resource "aws_lambda_function" "function" {
  for_each = local.functions

  function_name    = "netra-${each.key}"
  description      = each.value.purpose
  role             = aws_iam_role.function[each.key].arn
  package_type     = "Zip"
  filename         = var.package
  source_code_hash = var.package_hash
  handler          = "bootstrap"
  runtime          = "provided.al2023"
  architectures    = ["arm64"]

  memory_size                    = max(1024, each.value.memory_mb)
  timeout                        = min(900, each.value.timeout_seconds)
  reserved_concurrent_executions = local.instances[each.key]

  ephemeral_storage {
    size = 4096
  }

  # AWS's own view of an invocation (cold start, time in the queue), for one
  # request a second and 5% of the rest. Spans of the code go with those of Cloud
  # Run to Cloud Trace, so that a run is one trace wherever its stages are.
  tracing_config {
    mode = "Active"
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.function[each.key].name
  }

  environment {
    variables = merge(
      {
        FUNCTION_TARGET                = each.key
        NETRA_PROJECT                  = var.project_id
        NETRA_BUCKET                   = var.bucket_url != "" ? var.bucket_url : "s3://${local.bucket}?region=${var.region}"
        NETRA_PUSH_AUDIENCE            = "netra-${each.key}"
        NETRA_PUSH_ACCOUNT             = "netra-invoker@${var.project_id}.iam.gserviceaccount.com"
        NETRA_API_URL                  = var.api_url
        NETRA_CONSOLE_URL              = var.console_url
        GOOGLE_APPLICATION_CREDENTIALS = "/var/task/google-credentials.json"
        NETRA_OTLP_ENDPOINT            = "telemetry.googleapis.com:443"
        OTEL_RESOURCE_ATTRIBUTES       = "gcp.project_id=${var.project_id}"
      },
      each.value.public ? {
        NETRA_FIREBASE_API_KEY     = var.firebase_api_key
        NETRA_FIREBASE_AUTH_DOMAIN = "${var.project_id}.firebaseapp.com"
        NETRA_FIREBASE_GOOGLE      = tostring(var.google_sign_in)
      } : {},
      # As in ../services.tf.
      each.key == "api" ? {
        NETRA_REGION         = var.google_region
        NETRA_ALLOW          = join(",", join("", var.allow) == "anyone" ? var.allow : concat(var.allow, ["netra.invalid"]))
        NETRA_ACCESS_CONTACT = var.access_contact
      } : {},
      var.model != "" && contains(keys(local.stages), each.key) ? {
        NETRA_MODEL        = var.model
        NETRA_MODEL_SECRET = "netra-model-key"
      } : {},
    )
  }
}

# Function URLs without AWS sign-in: api and console are for everybody, and the
# others check Google's push token themselves (shared/queue).
resource "aws_lambda_function_url" "function" {
  for_each = local.functions

  function_name      = aws_lambda_function.function[each.key].function_name
  authorization_type = "NONE"
  invoke_mode        = "RESPONSE_STREAM"
}

resource "aws_lambda_permission" "url" {
  for_each = local.functions

  statement_id           = "FunctionUrl"
  action                 = "lambda:InvokeFunctionUrl"
  function_name          = aws_lambda_function.function[each.key].function_name
  principal              = "*"
  function_url_auth_type = "NONE"
}

resource "aws_cloudwatch_log_group" "function" {
  for_each = local.functions

  name              = "/aws/lambda/netra-${each.key}"
  retention_in_days = 30
}
