# Everything below derives from the one list of stages and services.
locals {
  table    = jsondecode(file("${path.module}/../shared/pipeline/stages.json"))
  delivery = local.table.delivery
  settings = jsondecode(file("${path.module}/project.json"))

  defaults  = { public = false, schedule = "" }
  stages    = { for s in local.table.stages : s.name => merge(local.defaults, s, { max_instances = min(s.max_instances, var.max_instances) }) }
  services  = { for s in local.table.services : s.name => merge(local.defaults, s, { max_instances = min(s.max_instances, var.max_instances) }) }
  functions = merge(local.stages, local.services)
  scheduled = { for name, f in local.functions : name => f if f.schedule != "" }
  private   = { for name, f in local.functions : name => f if !f.public }

  # Cloud Run gives every service a second, predictable URL. Computing it keeps
  # the api and the console, which name each other, out of a dependency cycle.
  host = { for name, f in local.functions : name => "netra-${name}-${data.google_project.this.number}.${var.region}.run.app" }
  url  = { for name, host in local.host : name => "https://${host}" }

  origins = compact([local.url["console"], var.local_console_origin])
  bucket  = "${var.project_id}-netra-data"
}
