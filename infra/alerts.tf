# An alert is a PromQL condition, and a runbook of the same name.
locals {
  # Log lines that are counted as a metric: what the platform's own metrics do not
  # show. (/api/metrics is not read by Google: a collector beside the api would
  # need instances that never sleep.)
  counted_lines = {
    event_gaps = { message = "event gap", says = "writes whose events do not number on" }
    unswept    = { message = "could not be swept", says = "runs, threads and data sets that a sweep could not look after" }
  }
  lines = { for name, l in local.counted_lines : name => "logging_googleapis_com:user_netra_${name}{monitored_resource=\"cloud_run_revision\"}" }

  run_series = "monitored_resource=\"cloud_run_revision\",service_name=~\"netra-.*\""

  # A function that is called on AWS Lambda is watched over by aws/.
  sweeper_silent = contains(keys(local.on_lambda), "sweeper") ? {} : {
    sweeper-silent = {
      severity = "CRITICAL"
      duration = "300s"
      query    = <<-EOT
        absent_over_time(run_googleapis_com:request_count{monitored_resource="cloud_run_revision",service_name="netra-sweeper",response_code_class="2xx"}[10m])
      EOT
    }
  }

  alerts = merge(local.sweeper_silent, {
    stage-errors = {
      severity = "ERROR"
      duration = "300s"
      query    = <<-EOT
        sum by (service_name) (rate(run_googleapis_com:request_count{${local.run_series},response_code_class="5xx"}[5m]))
          / sum by (service_name) (rate(run_googleapis_com:request_count{${local.run_series}}[5m])) > 0.05
      EOT
    }
    api-latency = {
      severity = "WARNING"
      duration = "600s"
      query    = <<-EOT
        histogram_quantile(0.95, sum by (le) (rate(run_googleapis_com:request_latencies_bucket{monitored_resource="cloud_run_revision",service_name="netra-api"}[5m]))) > 2000
      EOT
    }
    dead-letters = {
      severity = "ERROR"
      duration = "0s"
      query    = <<-EOT
        sum by (subscription_id) (increase(pubsub_googleapis_com:subscription_dead_letter_message_count{monitored_resource="pubsub_subscription",subscription_id=~"${local.delivery.topic_prefix}.*"}[10m])) > 0
      EOT
    }
    parked-messages = {
      severity = "CRITICAL"
      duration = "0s"
      query    = <<-EOT
        max(pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource="pubsub_subscription",subscription_id="${local.delivery.topic_prefix}parked"}) > 0
      EOT
    }
    backlog = {
      severity = "ERROR"
      duration = "300s"
      query    = <<-EOT
        max by (subscription_id) (pubsub_googleapis_com:subscription_oldest_unacked_message_age{monitored_resource="pubsub_subscription",subscription_id=~"${local.delivery.topic_prefix}.*",subscription_id!~".*parked"}) > 900
      EOT
    }
    memory = {
      severity = "WARNING"
      duration = "300s"
      query    = <<-EOT
        histogram_quantile(0.99, sum by (le, service_name) (rate(run_googleapis_com:container_memory_utilizations_bucket{${local.run_series}}[5m]))) > 0.9
      EOT
    }
    instance-limit = {
      severity = "WARNING"
      duration = "600s"
      query = join(" or ", [for name, f in local.functions :
        "sum by (service_name) (max_over_time(run_googleapis_com:container_instance_count{monitored_resource=\"cloud_run_revision\",service_name=\"netra-${name}\"}[5m])) >= ${f.max_instances}"
      ])
    }
    event-gaps = {
      severity = "CRITICAL"
      duration = "0s"
      query    = "sum(increase(${local.lines["event_gaps"]}[10m])) > 0"
    }
    unswept = {
      severity = "ERROR"
      duration = "600s"
      query    = "sum(increase(${local.lines["unswept"]}[5m])) > 0"
    }
    api-down = {
      severity = "CRITICAL"
      duration = "120s"
      query    = <<-EOT
        avg(avg_over_time(monitoring_googleapis_com:uptime_check_check_passed{monitored_resource="uptime_url",check_id="${google_monitoring_uptime_check_config.api.uptime_check_id}"}[5m])) < 0.5
      EOT
    }
  })

  channels = [for c in google_monitoring_notification_channel.email : c.id]
}

resource "google_logging_metric" "lines" {
  for_each = local.counted_lines

  name        = "netra_${each.key}"
  description = "Log lines of ${each.value.says}."
  filter      = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=~\"^netra-\" AND jsonPayload.message=\"${each.value.message}\""

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"
  }
}

resource "google_monitoring_notification_channel" "email" {
  for_each = toset(compact([var.alert_email]))

  display_name = "Netra operators"
  type         = "email"
  labels = {
    email_address = each.value
  }
}

resource "google_monitoring_uptime_check_config" "api" {
  display_name = "netra-api"
  timeout      = "10s"
  period       = "300s"

  http_check {
    path         = "/health/ready"
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }

  monitored_resource {
    type = "uptime_url"
    labels = {
      project_id = var.project_id
      host       = local.host["api"]
    }
  }
}

resource "google_monitoring_alert_policy" "alert" {
  for_each = local.alerts

  display_name          = "netra ${each.key}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.channels

  conditions {
    display_name = each.key
    condition_prometheus_query_language {
      query               = trimspace(each.value.query)
      duration            = each.value.duration
      evaluation_interval = "60s"
      # Series exist only after the first traffic.
      disable_metric_validation = true
    }
  }

  documentation {
    subject   = "Netra: ${each.key}"
    mime_type = "text/markdown"
    content   = file("${path.module}/runbooks/${each.key}.md")
  }

  alert_strategy {
    auto_close = "86400s"
  }

  depends_on = [google_logging_metric.lines]
}
