variable "region" {
  description = "AWS region of the functions and the bucket."
  type        = string
  default     = "eu-west-1"
  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be an AWS region such as eu-west-1."
  }
}

variable "package" {
  description = "Zip file with bootstrap and google-credentials.json, made by scripts/lambda."
  type        = string
  default     = "../../bin/lambda.zip"
  validation {
    condition     = can(regex("\\.zip$", var.package))
    error_message = "package must be a .zip file; make it with: go run ./scripts/lambda -project-number N"
  }
}

variable "package_hash" {
  description = "Base64 SHA-256 of the package (scripts/lambda prints it): a new one deploys it."
  type        = string
  validation {
    condition     = can(regex("^[A-Za-z0-9+/]{43}=$", var.package_hash))
    error_message = "package_hash must be the base64 SHA-256 that scripts/lambda prints."
  }
}

variable "project_id" {
  description = "Google Cloud project with the state, the queues and the sign-in."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be a Google Cloud project id."
  }
}

variable "google_region" {
  description = "Google Cloud region of ../ (its region): credentials that users store lie there, in Secret Manager."
  type        = string
  default     = "europe-west1"
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.google_region))
    error_message = "google_region must be a Google Cloud region such as europe-west1."
  }
}

variable "api_url" {
  description = "Origin of the api; \"\" on the first apply, then the output function_urls.api."
  type        = string
  default     = ""
  validation {
    condition     = var.api_url == "" || can(regex("^https://[a-z0-9.-]+$", var.api_url))
    error_message = "api_url must be an https origin without a path."
  }
}

variable "console_url" {
  description = "Origin of the console; \"\" on the first apply, then the output function_urls.console."
  type        = string
  default     = ""
  validation {
    condition     = var.console_url == "" || can(regex("^https://[a-z0-9.-]+$", var.console_url))
    error_message = "console_url must be an https origin without a path."
  }
}

variable "allow" {
  description = "Who may sign in: e-mail domains (example.com) and addresses (me@other.org), or [\"anyone\"]. As in ../; the api's address is open to the internet, so there is no default."
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

variable "bucket_url" {
  description = "Bucket that the functions use: \"\" for the one made here, or gs://... of ../ while some functions still run on Cloud Run."
  type        = string
  default     = ""
  validation {
    condition     = var.bucket_url == "" || can(regex("^gs://[a-z0-9._-]+$", var.bucket_url))
    error_message = "bucket_url must be gs://BUCKET or empty."
  }
}

variable "model" {
  description = "Language model that words the plan, as in ../; \"\" for none. Its key stays in Secret Manager on Google Cloud."
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^([a-zA-Z0-9._/-]+(,[a-zA-Z0-9._/-]+)*)?$", var.model))
    error_message = "model must be a model id such as gemini-2.5-flash, several with commas, or empty."
  }
}

variable "firebase_api_key" {
  description = "Browser key of the Google project (output firebase_api_key of ../)."
  type        = string
  sensitive   = true
  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{20,60}$", var.firebase_api_key))
    error_message = "firebase_api_key must be the output firebase_api_key of ../."
  }
}

variable "deletion_protection" {
  description = "Whether the bucket's objects are kept safe from terraform destroy."
  type        = bool
  default     = true
}

variable "sweeps" {
  description = "Whether the sweeper is called here: true once ../ names it in lambda.urls. Then its silence is an alarm."
  type        = bool
  default     = false
}

variable "alert_email" {
  description = "Who is told of alarms and of the budget; \"\" for nobody. AWS asks the address to confirm."
  type        = string
  default     = ""
  validation {
    condition     = var.alert_email == "" || can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", var.alert_email))
    error_message = "alert_email must be an email address or empty."
  }
}

variable "budget_usd" {
  description = "Monthly budget of the AWS account in US dollars, told at 50%, 90% and when 100% is forecast."
  type        = number
  default     = 50
  validation {
    condition     = var.budget_usd > 0
    error_message = "budget_usd must be over 0."
  }
}

variable "google_sign_in" {
  description = "Whether ../ has an OAuth client for Google's sign-in (its google_sign_in): then the console offers it."
  type        = bool
  default     = false
}
