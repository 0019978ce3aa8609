resource "google_cloud_scheduler_job" "function" {
  for_each = local.scheduled

  name             = "netra-${each.key}"
  description      = each.value.purpose
  region           = var.region
  schedule         = each.value.schedule
  time_zone        = "Etc/UTC"
  attempt_deadline = "${each.value.timeout_seconds}s"

  # The next tick is the retry.
  retry_config {
    retry_count = 0
  }

  http_target {
    http_method = "POST"
    uri         = "${local.target[each.key].url}/sweep"
    oidc_token {
      service_account_email = google_service_account.invoker.email
      audience              = local.target[each.key].audience
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.invoker]
}
