# Sign-in: e-mail links, and Google when an OAuth client is given.
resource "google_identity_platform_config" "sign_in" {
  authorized_domains = concat(["localhost", "${var.project_id}.firebaseapp.com"], [local.host["console"]])

  sign_in {
    allow_duplicate_emails = false

    email {
      enabled           = true
      password_required = false
    }

    # Google answers with this block and the next whether asked or not; without
    # them every plan would show a change.
    phone_number {
      enabled            = false
      test_phone_numbers = {}
    }
  }

  multi_tenant {
    allow_tenants = false
  }
}

resource "google_identity_platform_default_supported_idp_config" "google" {
  count = nonsensitive(var.google_sign_in == null) ? 0 : 1

  idp_id        = "google.com"
  enabled       = true
  client_id     = var.google_sign_in.client_id
  client_secret = var.google_sign_in.client_secret

  depends_on = [google_identity_platform_config.sign_in]
}

# The browser's key names the project to Firebase; it opens nothing by itself,
# and it works for sign-in and Firestore only, from the console's pages only. The
# name of a deleted key is taken for 30 days, so that a demo which was removed
# could not come back; the account's number is a new one each time.
resource "google_apikeys_key" "browser" {
  name         = "netra-browser-${google_service_account.invoker.unique_id}"
  display_name = "Netra console"

  restrictions {
    browser_key_restrictions {
      allowed_referrers = [for origin in local.origins : "${origin}/*"]
    }

    dynamic "api_targets" {
      for_each = ["identitytoolkit.googleapis.com", "securetoken.googleapis.com", "firestore.googleapis.com"]
      content {
        service = api_targets.value
      }
    }
  }
}
