package cost

// AlertConditions is how many alert policies infra/alerts.tf makes.
const AlertConditions = 11

// meter is one price: amount/per × price, above a free allowance of the month.
type meter struct {
	service, how string
	price, per   float64
	free         float64
	amount       func(used) float64
}

const (
	hundredThousand = 100_000
	million         = 1_000_000
	daysPerMonth    = 30.4
)

// meters are Google's list prices in US dollars for europe-west1 (where the
// price is that of us-central1, but for Firestore see sources), Firestore's in one
// region; see MultiRegion. Where each was read, and when, is in sources. Prices
// change: Google's calculator has the last word.
var meters = []meter{
	{"Cloud Run CPU", "vCPU-seconds", 0.000024, 1, 180_000, func(u used) float64 { return u.vcpuSeconds }},
	{"Cloud Run memory", "GiB-seconds", 0.0000025, 1, 360_000, func(u used) float64 { return u.gibSeconds }},
	{"Cloud Run requests", "requests", 0.40, million, 2 * million, func(u used) float64 { return u.requests }},
	{"Firestore writes", "documents", 0.09, hundredThousand, 20_000 * daysPerMonth, func(u used) float64 { return u.writes }},
	{"Firestore reads", "documents", 0.03, hundredThousand, 50_000 * daysPerMonth, func(u used) float64 { return u.reads }},
	{"Firestore deletes", "documents (TTL deletes are never free)", 0.01, hundredThousand, 0, func(u used) float64 { return u.deletes }},
	{"Firestore storage", "GiB kept", 0.15, 1, 1, func(u used) float64 { return u.storedGiB }},
	{"Pub/Sub", "TiB published and delivered", 40, 1024, 10, func(u used) float64 { return u.messagesGiB }},
	{"Bucket storage", "GiB kept", 0.020, 1, 0, func(u used) float64 { return u.logGiB }},
	{"Bucket writes", "objects", 0.005, 1000, 0, func(u used) float64 { return u.objectWrites }},
	{"Network out", "GiB to the internet", 0.12, 1, 0, func(u used) float64 { return u.sentGiB }},
	{"Logging", "GiB written", 0.50, 1, 50, func(u used) float64 { return u.loggedGiB }},
	{"Trace", "spans", 0.20, million, 2.5 * million, func(u used) float64 { return u.spans }},
	{"Scheduler", "jobs", 0.10, 1, 3, func(u used) float64 { return u.jobs }},
	{"Secret Manager", "secret versions", 0.06, 1, 6, func(u used) float64 { return u.secrets }},
	{"Alerting", "conditions", 0.10, 1, 0, func(u used) float64 { return u.conditions }},
	{"Alert evaluations", "time series that conditions return, at most", 0.35, million, 0, func(u used) float64 { return u.series }},
	{"Artifact Registry", "GB of images", 0.10, 1, 0.5, func(u used) float64 { return u.imageGB }},
}

// source is where a price was read: the page, as of when, and how good that is.
type source struct{ page, asOf string }

// The price pages themselves could not be reached. "Copy" is a stored copy of
// the page, "quoted" a public document that quotes the page with the day it was
// read; what neither had is marked.
var sources = map[string]source{
	"Cloud Run CPU":      {"cloud.google.com/run/pricing, request-based, tier 1", "2026-08-29, quoted"},
	"Cloud Run memory":   {"cloud.google.com/run/pricing, request-based, tier 1", "2026-08-29, quoted"},
	"Cloud Run requests": {"cloud.google.com/run/pricing", "2026-08-29, quoted"},
	"Firestore writes":   {"cloud.google.com/firestore/pricing: free amount from a copy, price of us-central1 second-hand", "undated; not checked for europe-west1"},
	"Firestore reads":    {"cloud.google.com/firestore/pricing: free amount from a copy, price of us-central1 second-hand", "undated; not checked for europe-west1"},
	"Firestore deletes":  {"cloud.google.com/firestore/pricing: that TTL deletes are never free from a copy, price of us-central1 second-hand", "undated; not checked for europe-west1"},
	"Firestore storage":  {"cloud.google.com/firestore/pricing: free amount from a copy", "undated copy; price from memory"},
	"Pub/Sub":            {"cloud.google.com/pubsub/pricing; at least 1,000 bytes a request", "undated copy"},
	"Bucket storage":     {"cloud.google.com/storage/pricing, europe-west1; the 5 free GB are for three US regions", "undated copy"},
	"Bucket writes":      {"cloud.google.com/storage/pricing-examples, class A", "undated copy"},
	"Network out":        {"cloud.google.com/storage/pricing-examples; the free GiB of Cloud Run is within North America", "undated copy"},
	"Logging":            {"cloud.google.com/stackdriver/pricing", "2026-08-29, quoted"},
	"Trace":              {"cloud.google.com/stackdriver/pricing", "2026-08-29, quoted"},
	"Scheduler":          {"cloud.google.com/scheduler/pricing", "undated, quoted"},
	"Secret Manager":     {"cloud.google.com/secret-manager/pricing", "2026-08-29, quoted"},
	"Alerting":           {"cloud.google.com/stackdriver/pricing", "undated, quoted; an older copy announced $1.50"},
	"Alert evaluations":  {"cloud.google.com/stackdriver/pricing; counted as docs.cloud.google.com/monitoring/alerts/cost-control says", "undated, quoted"},
	"Artifact Registry":  {"cloud.google.com/artifact-registry/pricing", "2026-08-29, quoted"},
}
