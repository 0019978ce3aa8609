variable "project_id" {
  description = "Google Cloud project that everything is created in."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be a project id (6 to 30 lower-case letters, digits and hyphens), not its name or number."
  }
}

variable "region" {
  description = "Region of the services, the bucket and Firestore. Firestore cannot move later."
  type        = string
  default     = "europe-west1"
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region must be a region such as europe-west1, not a zone or a multi-region."
  }
}

variable "image" {
  description = "Container image of all functions, pinned by digest."
  type        = string
  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "image must be pinned: HOST/PROJECT/netra/netra@sha256:<64 hex digits>."
  }
}

variable "allow" {
  description = "Who may sign in: e-mail domains (example.com) and addresses (me@other.org), or [\"anyone\"]. Every run costs money, so there is no default."
  type        = list(string)
  validation {
    condition     = length(var.allow) > 0 && (join("", var.allow) == "anyone" || alltrue([for a in var.allow : can(regex("^([^@, ]+@)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z][a-z0-9-]*[a-z0-9]$", lower(a)))]))
    error_message = "allow must be domains such as example.com and addresses such as me@example.com, or the one word anyone."
  }
}

variable "access_contact" {
  description = "Whom somebody who is not let in is told to ask, such as an e-mail address; \"\" for \"who runs it\"."
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^[^\\n]{0,200}$", var.access_contact))
    error_message = "access_contact must be one short line: an address or a name."
  }
}

variable "max_instances" {
  description = "Most instances of any function, below those of stages.json where a young project's Cloud Run quota is smaller."
  type        = number
  default     = 1000
  validation {
    condition     = var.max_instances >= 1 && floor(var.max_instances) == var.max_instances
    error_message = "max_instances must be a whole number, at least 1."
  }
}

variable "billing_account" {
  description = "Billing account that the budget watches, or \"\" for no budget."
  type        = string
  default     = ""
  validation {
    condition     = var.billing_account == "" || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "billing_account must look like 0123AB-4567CD-89EF01."
  }
}

variable "budget" {
  description = "Monthly budget in the currency of the billing account; mails go out at 50, 90 and 100 percent."
  type        = number
  default     = 25
  validation {
    condition     = var.budget >= 1 && floor(var.budget) == var.budget
    error_message = "budget must be a whole number, at least 1."
  }
}

variable "alert_email" {
  description = "Address that alerts go to, or \"\" to only show them in the console."
  type        = string
  default     = ""
  validation {
    condition     = var.alert_email == "" || can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", var.alert_email))
    error_message = "alert_email must be an e-mail address."
  }
}

variable "local_console_origin" {
  description = "Origin of a console that runs on a developer's machine, or \"\": it may upload to the bucket and call the api."
  type        = string
  default     = ""
  validation {
    condition     = var.local_console_origin == "" || can(regex("^http://localhost:[0-9]{2,5}$", var.local_console_origin))
    error_message = "local_console_origin must be http://localhost:PORT; any other origin belongs in its own service."
  }
}

variable "model" {
  description = "Language model that words the plan, or a comma list with smaller ones to fall back to; used only when model_enabled."
  type        = string
  default     = "gemini-2.5-flash"
  validation {
    condition     = can(regex("^[a-zA-Z0-9._/-]+(,[a-zA-Z0-9._/-]+)*$", var.model))
    error_message = "model must be a model id such as gemini-2.5-flash, or several with commas."
  }
}

variable "model_enabled" {
  description = "Whether the functions get the model and its secret; false until the secret has a version."
  type        = bool
  default     = false
}

variable "google_sign_in" {
  description = "OAuth client for \"Sign in with Google\", or null for e-mail links only."
  type = object({
    client_id     = string
    client_secret = string
  })
  default   = null
  sensitive = true
}

variable "lambda" {
  description = "Functions that run on AWS Lambda instead: outputs account_id and function_urls of aws/, or null."
  type = object({
    account_id = string
    urls       = map(string)
  })
  default = null
  validation {
    condition     = var.lambda == null || can(regex("^[0-9]{12}$", var.lambda.account_id))
    error_message = "lambda.account_id must be the 12 digits of an AWS account."
  }
  validation {
    condition     = try(alltrue([for url in values(var.lambda.urls) : can(regex("^https://[a-z0-9.-]+/?$", url))]), var.lambda == null)
    error_message = "lambda.urls must be https addresses without a path, by function."
  }
}

variable "log_level" {
  description = "Least severe level that the functions log."
  type        = string
  default     = "info"
  validation {
    condition     = contains(["debug", "info", "warn", "error"], var.log_level)
    error_message = "log_level must be debug, info, warn or error."
  }
}

variable "deletion_protection" {
  description = "Whether the database, the bucket's objects and the services are kept safe from terraform destroy. False for a demo."
  type        = bool
  default     = true
}
