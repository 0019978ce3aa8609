package check

import (
	"fmt"
	"strconv"
	"strings"
)

// stageDelivery checks topic, subscription and retry policy of every stage.
func stageDelivery(c Config) []string {
	var all []string
	d := c.Table.Delivery
	for _, s := range c.Table.Stages {
		topic, ok := find(c.Plan, "google_pubsub_topic", "name", d.Topic(s.Name))
		if !ok {
			all = append(all, "no topic "+d.Topic(s.Name))
			continue
		}
		sub, ok := find(c.Plan, "google_pubsub_subscription", "topic", topic.Address+".id")
		if !ok {
			all = append(all, topic.Address+" has no subscription")
			continue
		}
		all = append(all, differences(sub, map[string]string{
			"ack_deadline_seconds":                     strconv.Itoa(d.AckDeadlineSeconds),
			"retry_policy.minimum_backoff":             seconds(d.MinBackoffMS),
			"retry_policy.maximum_backoff":             seconds(d.MaxBackoffMS),
			"dead_letter_policy.max_delivery_attempts": strconv.Itoa(d.MaxAttempts),
			"expiration_policy.ttl":                    "",
		})...)
		if len(sub.All("expiration_policy")) != 1 {
			all = append(all, sub.Address+" is deleted after 31 days without messages")
		}
		if !strings.Contains(sub.Text("push_config.push_endpoint"), "netra-"+s.Name+"-") {
			all = append(all, fmt.Sprintf("%s pushes to %q", sub.Address, sub.Text("push_config.push_endpoint")))
		}
	}
	return all
}

// pushTokens checks that every push carries a token whose audience and account
// the receiving service expects, from an account that may call it.
func pushTokens(c Config) []string {
	var all []string
	for _, sub := range c.Plan.Of("google_pubsub_subscription") {
		if len(sub.All("push_config")) == 0 {
			continue
		}
		all = append(all, c.tokenProblems(sub, "push_config.oidc_token", sub.Text("push_config.push_endpoint"))...)
	}
	return all
}

func schedules(c Config) []string {
	var all []string
	for _, f := range c.Table.Functions() {
		if f.Schedule == "" {
			continue
		}
		job, ok := find(c.Plan, "google_cloud_scheduler_job", "schedule", f.Schedule)
		if !ok {
			all = append(all, "nothing calls "+f.Name)
			continue
		}
		all = append(all, c.tokenProblems(job, "http_target.oidc_token", job.Text("http_target.uri"))...)
	}
	return all
}

// tokenProblems compares the token block of a caller with the service that the
// endpoint belongs to.
func (c Config) tokenProblems(caller Instance, token, endpoint string) []string {
	audience, account := caller.Text(token+".audience"), caller.Text(token+".service_account_email")
	if audience == "" || account == "" {
		return []string{caller.Address + " calls without a token"}
	}
	for _, s := range c.Plan.Of("google_cloud_run_v2_service") {
		env := Environment(s)
		if !strings.HasPrefix(endpoint, env["NETRA_PUSH_AUDIENCE"]+"/") {
			continue
		}
		var all []string
		if audience != env["NETRA_PUSH_AUDIENCE"] || account != env["NETRA_PUSH_ACCOUNT"] {
			all = append(all, fmt.Sprintf("%s has a token for %s of %s, but %s expects another", caller.Address, audience, account, s.Address))
		}
		if !c.granted("google_cloud_run_v2_service_iam_member", "name", s.Address+".name", "roles/run.invoker", member(account)) {
			all = append(all, fmt.Sprintf("%s may not call %s", account, s.Address))
		}
		return all
	}
	return []string{fmt.Sprintf("%s calls %q, which is no service", caller.Address, endpoint)}
}

// deadLetters checks that a push that is given up goes to a topic that has a
// subscription, and that Pub/Sub's own account may move it there.
func deadLetters(c Config) []string {
	var all []string
	for _, sub := range c.Plan.Of("google_pubsub_subscription") {
		if len(sub.All("push_config")) == 0 {
			continue
		}
		topic := sub.Text("dead_letter_policy.dead_letter_topic")
		if topic == "" {
			all = append(all, sub.Address+" has no dead letter")
			continue
		}
		if _, ok := find(c.Plan, "google_pubsub_subscription", "topic", topic); !ok {
			all = append(all, topic+" has no subscription: its messages are lost")
		}
		const agent = "@gcp-sa-pubsub.iam.gserviceaccount.com"
		if !c.granted("google_pubsub_topic_iam_member", "topic", topic, "roles/pubsub.publisher", agent) {
			all = append(all, "Pub/Sub may not publish to "+topic)
		}
		if !c.granted("google_pubsub_subscription_iam_member", "subscription", sub.Address+".id", "roles/pubsub.subscriber", agent) {
			all = append(all, "Pub/Sub may not take messages from "+sub.Address)
		}
	}
	return all
}

// publishers checks that everything but the console may publish to the stages,
// and to nothing else.
func publishers(c Config) []string {
	var all []string
	for _, s := range c.Table.Stages {
		topic, _ := find(c.Plan, "google_pubsub_topic", "name", c.Table.Delivery.Topic(s.Name))
		for _, f := range c.Table.Functions() {
			service, _ := c.service(f.Name)
			may := c.granted("google_pubsub_topic_iam_member", "topic", topic.Address+".id", "roles/pubsub.publisher", member(service.Text("template.service_account")))
			if want := f.Name != "console"; may != want {
				all = append(all, fmt.Sprintf("%s may publish to %s is %v, want %v", f.Name, topic.Address, may, want))
			}
		}
	}
	return all
}

// granted reports whether a role on one thing is given to a member that ends in
// the given text.
func (c Config) granted(kind, attr, value, role, memberSuffix string) bool {
	for _, i := range c.Plan.Of(kind) {
		if i.Text(attr) == value && i.Text("role") == role && strings.HasSuffix(i.Text("member"), memberSuffix) {
			return true
		}
	}
	return false
}

// member is how a binding names the account of a reference to its e-mail.
func member(email string) string { return strings.TrimSuffix(email, ".email") + ".member" }

func seconds(ms int) string {
	return strconv.FormatFloat(float64(ms)/1000, 'f', -1, 64) + "s"
}

func find(p Plan, kind, attr, value string) (Instance, bool) {
	for _, i := range p.Of(kind) {
		if i.Text(attr) == value {
			return i, true
		}
	}
	return Instance{}, false
}
