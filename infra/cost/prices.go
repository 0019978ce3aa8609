package cost

// AlertConditions is how many alert policies infra/alerts.tf makes.
const AlertConditions = 9

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

// meters are Google's list prices in US dollars, written down from memory in
// November 2026 and not looked up since, because nothing here could reach the
// price pages (cloud.google.com/run/pricing, /firestore/pricing, /pubsub/pricing,
// /storage/pricing, /stackdriver/pricing). They are those of us-central1, which
// europe-west1 differs from by a few percent, and Firestore's those of one
// region; see MultiRegion. Prices change: Google's calculator has the last word.
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
	{"Network out", "GiB to the internet", 0.12, 1, 1, func(u used) float64 { return u.sentGiB }},
	{"Logging", "GiB written", 0.50, 1, 50, func(u used) float64 { return u.loggedGiB }},
	{"Trace", "spans", 0.20, million, 2.5 * million, func(u used) float64 { return u.spans }},
	{"Scheduler", "jobs", 0.10, 1, 3, func(u used) float64 { return u.jobs }},
	{"Secret Manager", "secret versions", 0.06, 1, 6, func(u used) float64 { return u.secrets }},
	{"Alerting", "conditions", 0.10, 1, 0, func(u used) float64 { return u.conditions }},
	{"Artifact Registry", "GB of images", 0.10, 1, 0.5, func(u used) float64 { return u.imageGB }},
}
