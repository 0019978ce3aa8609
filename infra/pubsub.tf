locals {
  pubsub_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"

  topic      = { for name, s in local.stages : name => "${local.delivery.topic_prefix}${name}" }
  dead_topic = { for name, topic in local.topic : name => "${topic}${local.delivery.dead_letter_suffix}" }

  # The stages, and the api and sweeper that start them. A stage starts the next
  # one, and when it ends a run the user's next queued run, which may stand at
  # any stage: so each may publish to every stage topic, and to nothing else.
  publishers = setsubtract(keys(local.functions), ["console"])
  publishing = { for pair in setproduct(local.publishers, keys(local.stages)) : "${pair[0]}/${pair[1]}" => { function = pair[0], stage = pair[1] } }
}

resource "google_pubsub_topic" "stage" {
  for_each = local.stages

  name = local.topic[each.key]
}

resource "google_pubsub_topic" "dead" {
  for_each = local.stages

  name = local.dead_topic[each.key]
}

# What even the sweeper could not take, kept for a person to look at.
resource "google_pubsub_topic" "parked" {
  name = "${local.delivery.topic_prefix}parked"
}

resource "google_pubsub_subscription" "stage" {
  for_each = local.stages

  name                       = local.topic[each.key]
  topic                      = google_pubsub_topic.stage[each.key].id
  ack_deadline_seconds       = local.delivery.ack_deadline_seconds
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = ""
  }

  push_config {
    push_endpoint = "${local.target[each.key].url}/"
    oidc_token {
      service_account_email = google_service_account.invoker.email
      audience              = local.target[each.key].audience
    }
  }

  retry_policy {
    minimum_backoff = "${local.delivery.min_backoff_ms / 1000}s"
    maximum_backoff = "${local.delivery.max_backoff_ms / 1000}s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead[each.key].id
    max_delivery_attempts = local.delivery.max_attempts
  }

  depends_on = [google_cloud_run_v2_service_iam_member.invoker]
}

resource "google_pubsub_subscription" "dead" {
  for_each = local.stages

  name                       = local.dead_topic[each.key]
  topic                      = google_pubsub_topic.dead[each.key].id
  ack_deadline_seconds       = local.services["sweeper"].timeout_seconds
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = ""
  }

  push_config {
    push_endpoint = "${local.target["sweeper"].url}/dead-letter"
    oidc_token {
      service_account_email = google_service_account.invoker.email
      audience              = local.target["sweeper"].audience
    }
  }

  # A hundred attempts ten minutes apart outlast a long outage of the sweeper.
  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.parked.id
    max_delivery_attempts = 100
  }

  depends_on = [google_cloud_run_v2_service_iam_member.invoker]
}

resource "google_pubsub_subscription" "parked" {
  name                       = google_pubsub_topic.parked.name
  topic                      = google_pubsub_topic.parked.id
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = local.publishing

  topic  = google_pubsub_topic.stage[each.value.stage].id
  role   = "roles/pubsub.publisher"
  member = google_service_account.function[each.value.function].member
}

# Dead-lettering is done by Pub/Sub's own account: it takes the message from the
# subscription and publishes it to the dead-letter topic.
resource "google_pubsub_topic_iam_member" "dead_letters_in" {
  for_each = local.stages

  topic  = google_pubsub_topic.dead[each.key].id
  role   = "roles/pubsub.publisher"
  member = local.pubsub_agent
}

resource "google_pubsub_topic_iam_member" "parked_in" {
  topic  = google_pubsub_topic.parked.id
  role   = "roles/pubsub.publisher"
  member = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "dead_letters_out" {
  for_each = local.stages

  subscription = google_pubsub_subscription.stage[each.key].id
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "parked_out" {
  for_each = local.stages

  subscription = google_pubsub_subscription.dead[each.key].id
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}
