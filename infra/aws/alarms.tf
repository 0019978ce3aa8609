# What tells you, as ../alerts.tf does on Google Cloud: an alarm for each
# function, named after its runbook. Queues, dead letters and Firestore are
# watched over there.
locals {
  alarms = {
    stage-errors = {
      functions = keys(local.functions)
      threshold = 5 # percent of the requests, over five minutes
      periods   = 1
      missing   = "notBreaching"
      metrics   = { errors = ["Url5xxCount", "Sum"], requests = ["UrlRequestCount", "Sum"] }
      value     = "100 * errors / requests"
    }
    api-latency = {
      functions = ["api"]
      threshold = 2000 # ms
      periods   = 2
      missing   = "notBreaching"
      metrics   = { latency = ["UrlRequestLatency", "p95"] }
      value     = "latency + 0"
    }
    instance-limit = {
      functions = keys(local.functions)
      threshold = 0 # requests refused in five minutes
      periods   = 2
      missing   = "notBreaching"
      metrics   = { refused = ["Throttles", "Sum"] }
      value     = "refused + 0"
    }
    memory = {
      functions = keys(local.functions)
      threshold = 90 # percent of the limit
      periods   = 1
      missing   = "notBreaching"
      metrics   = { used = ["memory", "p99"] }
      value     = null
    }
    sweeper-silent = {
      functions = var.sweeps ? ["sweeper"] : []
      threshold = -1 # fewer than one call in ten minutes
      periods   = 2
      missing   = "breaching"
      metrics   = { calls = ["Invocations", "Sum"] }
      value     = "0 - calls"
    }
  }

  # Log lines that alarm, as in ../alerts.tf: one alarm for the functions together.
  log_alarms = {
    event-gaps = { message = "event gap", periods = 1, functions = [for f in keys(local.functions) : f if f != "console"] }
    unswept    = { message = "could not be swept", periods = 2, functions = ["sweeper"] }
  }
  log_filters = merge([
    for name, a in local.log_alarms : { for f in a.functions : "${name}-${f}" => { name = name, message = a.message, function = f } }
  ]...)

  alarm_of = merge([
    for name, a in local.alarms : { for f in a.functions : "${name} ${f}" => merge(a, { name = name, function = f }) }
  ]...)
}

resource "aws_cloudwatch_metric_alarm" "alarm" {
  for_each = local.alarm_of

  alarm_name          = "netra ${each.key}"
  alarm_description   = "Netra, function ${each.value.function}. What it means and what to do: infra/runbooks/${each.value.name}.md"
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.operators.arn]
  ok_actions          = [aws_sns_topic.operators.arn]

  metric_query {
    id          = "value"
    label       = each.value.name
    expression  = each.value.value != null ? each.value.value : "100 * used / ${aws_lambda_function.function[each.value.function].memory_size}"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = each.value.metrics
    content {
      id = metric_query.key
      metric {
        namespace   = each.value.name == "memory" ? "Netra" : "AWS/Lambda"
        metric_name = each.value.name == "memory" ? "memory-${each.value.function}" : metric_query.value[0]
        dimensions  = each.value.name == "memory" ? {} : { FunctionName = aws_lambda_function.function[each.value.function].function_name }
        period      = 300
        stat        = metric_query.value[1]
      }
    }
  }
}

# Lambda tells the memory of an invocation in its log only.
resource "aws_cloudwatch_log_metric_filter" "memory" {
  for_each = local.functions

  name           = "netra-${each.key}-memory"
  log_group_name = aws_cloudwatch_log_group.function[each.key].name
  pattern        = "{ $.type = \"platform.report\" }"

  metric_transformation {
    namespace = "Netra"
    name      = "memory-${each.key}"
    value     = "$.record.metrics.maxMemoryUsedMB"
  }
}

resource "aws_cloudwatch_log_metric_filter" "lines" {
  for_each = local.log_filters

  name           = "netra-${each.key}"
  log_group_name = aws_cloudwatch_log_group.function[each.value.function].name
  pattern        = "{ $.message = \"${each.value.message}\" }"

  metric_transformation {
    namespace = "Netra"
    name      = each.value.name
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "lines" {
  for_each = local.log_alarms

  alarm_name          = "netra ${each.key} all"
  alarm_description   = "Netra, log lines \"${each.value.message}\". What it means and what to do: infra/runbooks/${each.key}.md"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = each.value.periods
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.operators.arn]
  ok_actions          = [aws_sns_topic.operators.arn]

  namespace   = "Netra"
  metric_name = each.key
  period      = 300
  statistic   = "Sum"
}

# Not encrypted with AWS's own key: alarms may not publish to such a topic, and
# what they say is no secret.
resource "aws_sns_topic" "operators" {
  name = "netra-operators"
}

resource "aws_sns_topic_subscription" "email" {
  for_each = toset(compact([var.alert_email]))

  topic_arn = aws_sns_topic.operators.arn
  protocol  = "email"
  endpoint  = each.value
}

# Budgets only tell: nothing is switched off. Reserved concurrency caps the rest.
resource "aws_budgets_budget" "monthly" {
  for_each = toset(compact([var.alert_email]))

  name         = "netra"
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_unit   = "USD"
  limit_amount = tostring(var.budget_usd)

  dynamic "notification" {
    for_each = { 50 = "ACTUAL", 90 = "ACTUAL", 100 = "FORECASTED" }
    content {
      threshold                  = notification.key
      threshold_type             = "PERCENTAGE"
      comparison_operator        = "GREATER_THAN"
      notification_type          = notification.value
      subscriber_email_addresses = [each.value]
    }
  }
}
