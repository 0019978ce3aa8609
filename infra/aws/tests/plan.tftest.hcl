# terraform test: plans with a mock of the provider, so with no AWS account.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = {
      account_id = "123456789012"
    }
  }
}

variables {
  project_id       = "demo-netra"
  package_hash     = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
  firebase_api_key = "AIzaSyA-not-a-real-key-0123456789"
  allow            = ["example.com"]
}

run "first_apply" {
  command = plan

  assert {
    condition     = length(aws_lambda_function.function) == length(local.table.stages) + length(local.table.services)
    error_message = "Every function of stages.json has a Lambda function."
  }
  assert {
    condition     = alltrue([for f in aws_lambda_function.function : f.architectures[0] == "arm64" && f.memory_size >= 1024])
    error_message = "Functions run on arm64 with at least 1024 MB."
  }
  assert {
    condition     = sum([for f in aws_lambda_function.function : f.reserved_concurrent_executions]) <= 900
    error_message = "An account has 1,000 instances and keeps 100 unreserved."
  }
  assert {
    condition     = length(aws_s3_bucket_cors_configuration.data) == 0
    error_message = "Without a console nobody may upload from a page."
  }
}

run "with_addresses" {
  command = plan

  variables {
    api_url     = "https://api.lambda-url.eu-west-1.on.aws"
    console_url = "https://console.lambda-url.eu-west-1.on.aws"
  }

  assert {
    condition     = aws_lambda_function.function["console"].environment[0].variables.NETRA_API_URL == var.api_url
    error_message = "The console is told where the api is."
  }
}

run "with_operators" {
  command = plan

  variables {
    alert_email = "ops@example.com"
    sweeps      = true
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.alarm) == 3 * length(aws_lambda_function.function) + 2
    error_message = "Errors, refusals and memory of every function are watched, the api's latency and the sweeper's silence."
  }
  assert {
    condition     = length(aws_budgets_budget.monthly) == 1 && length(aws_sns_topic_subscription.email) == 1
    error_message = "Somebody is told."
  }
}

run "refuses_a_wrong_hash" {
  command = plan

  variables {
    package_hash = "sha256:abc"
  }

  expect_failures = [var.package_hash]
}

run "refuses_an_empty_list" {
  command = plan

  variables {
    allow = []
  }

  expect_failures = [var.allow]
}
