locals {
  # title, PromQL, unit
  charts = [
    ["Requests per second", "sum by (service_name) (rate(run_googleapis_com:request_count{${local.run_series}}[5m]))"],
    ["Server errors per second", "sum by (service_name) (rate(run_googleapis_com:request_count{${local.run_series},response_code_class=\"5xx\"}[5m]))"],
    ["Latency p95 (ms)", "histogram_quantile(0.95, sum by (le, service_name) (rate(run_googleapis_com:request_latencies_bucket{${local.run_series}}[5m])))"],
    ["Instances", "sum by (service_name) (run_googleapis_com:container_instance_count{${local.run_series}})"],
    ["Memory p99 (share of the limit)", "histogram_quantile(0.99, sum by (le, service_name) (rate(run_googleapis_com:container_memory_utilizations_bucket{${local.run_series}}[5m])))"],
    ["Cold starts p95 (ms)", "histogram_quantile(0.95, sum by (le, service_name) (rate(run_googleapis_com:container_startup_latencies_bucket{${local.run_series}}[15m])))"],
    ["Oldest message not yet acknowledged (s)", "max by (subscription_id) (pubsub_googleapis_com:subscription_oldest_unacked_message_age{monitored_resource=\"pubsub_subscription\",subscription_id=~\"${local.delivery.topic_prefix}.*\"})"],
    ["Dead letters", "sum by (subscription_id) (increase(pubsub_googleapis_com:subscription_dead_letter_message_count{monitored_resource=\"pubsub_subscription\",subscription_id=~\"${local.delivery.topic_prefix}.*\"}[10m]))"],
    ["Event gaps (anything but 0 is a bug)", "sum by (service_name) (increase(${local.lines["event_gaps"]}[10m]))"],
    ["Documents that could not be swept", "sum by (service_name) (increase(${local.lines["unswept"]}[10m]))"],
    ["Firestore writes per second", "sum by (op) (rate(firestore_googleapis_com:document_write_ops_count{monitored_resource=\"firestore.googleapis.com/Database\"}[5m]))"],
    ["Firestore reads per second", "sum by (type) (rate(firestore_googleapis_com:document_read_ops_count{monitored_resource=\"firestore.googleapis.com/Database\"}[5m]))"],
  ]
}

resource "google_monitoring_dashboard" "netra" {
  dashboard_json = jsonencode({
    displayName = "Netra"
    mosaicLayout = {
      columns = 12
      tiles = [for i, chart in local.charts : {
        xPos   = (i % 2) * 6
        yPos   = floor(i / 2) * 4
        width  = 6
        height = 4
        widget = {
          title = chart[0]
          xyChart = {
            dataSets = [{
              plotType        = "LINE"
              timeSeriesQuery = { prometheusQuery = chart[1] }
            }]
          }
        }
      }]
    }
  })
}
