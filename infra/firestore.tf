# Rules and indexes are the files that the local emulator loads as well. A field
# with an empty list of indexes is exempt: nobody queries it, and indexing it
# would only make each write slower and dearer. Documents that expire go in two
# ways: runs, threads and data sets by the sweeper, because objects in the bucket
# go with them; what lies below them by a TTL policy, should the sweeper miss it.
locals {
  firestore  = jsondecode(file("${path.module}/firestore.indexes.json"))
  composites = { for i in local.firestore.indexes : join("-", concat([i.collectionGroup], [for f in i.fields : "${f.fieldPath}-${lower(try(f.order, f.arrayConfig))}"])) => i }
  overrides  = { for f in local.firestore.fieldOverrides : "${f.collectionGroup}-${f.fieldPath}" => f }
}

resource "google_firestore_database" "default" {
  name        = "(default)"
  location_id = var.region
  type        = "FIRESTORE_NATIVE"

  point_in_time_recovery_enablement = var.deletion_protection ? "POINT_IN_TIME_RECOVERY_ENABLED" : "POINT_IN_TIME_RECOVERY_DISABLED"
  delete_protection_state           = var.deletion_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = var.deletion_protection ? "ABANDON" : "DELETE"
}

resource "google_firestore_index" "composite" {
  for_each = local.composites

  database    = google_firestore_database.default.name
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path   = fields.value.fieldPath
      order        = try(fields.value.order, null)
      array_config = try(fields.value.arrayConfig, null)
    }
  }
}

resource "google_firestore_field" "override" {
  for_each = local.overrides

  database   = google_firestore_database.default.name
  collection = each.value.collectionGroup
  field      = each.value.fieldPath

  index_config {
    dynamic "indexes" {
      for_each = each.value.indexes
      content {
        order       = indexes.value.order
        query_scope = indexes.value.queryScope
      }
    }
  }

  dynamic "ttl_config" {
    for_each = each.value.ttl ? [true] : []
    content {}
  }
}

resource "google_firebaserules_ruleset" "firestore" {
  source {
    files {
      name    = "firestore.rules"
      content = file("${path.module}/firestore.rules")
    }
  }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [google_firestore_database.default]
}

resource "google_firebaserules_release" "firestore" {
  name = "cloud.firestore"
  # The provider has given the ruleset's name with and without its path.
  ruleset_name = "projects/${var.project_id}/rulesets/${basename(google_firebaserules_ruleset.firestore.name)}"
}
