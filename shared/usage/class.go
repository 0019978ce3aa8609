package usage

import "bytes"

// Which class a call is of: the tag that users give it, or else what made it. Tags
// are written into reports as they are, so that nothing personal may become one.

// classes are places of the class in a map of the user's own labels, the most telling
// first. Other keys may hold anything, people among it, and are not read.
func classes(maps ...string) []string {
	var out []string
	for _, at := range maps {
		for _, key := range []string{"tag", "promptname", "feature", "usecase", "task", "workflow", "agent", "component",
			"application", "appname", "app", "servicename", "service", "team", "project", "costcenter"} {
			out = append(out, at+"{}/"+key)
		}
	}
	return out
}

// services are the places, in an entry of a log store or in an object around several,
// of the service that wrote it: labels of Loki, the service of Datadog, of the Elastic
// Common Schema and of OpenTelemetry's resources, the container of Kubernetes, and the
// resource of Cloud Logging.
func services() []string {
	var out []string
	for _, name := range []string{"service_name", "service.name", "service/name", "service", "app", "function_name", "module_id", "job", "job_name",
		"container_name", "container/name", "container"} {
		for _, at := range []string{"", "stream/", "labels/", "fields/", "attributes/", "_source/", "resource/", "resource/labels/", "resource/attributes[]/",
			"kubernetes/labels/", "kubernetes/", "_source/kubernetes/labels/", "_source/kubernetes/"} {
			out = append(out, at+name)
		}
	}
	return append(out, "Service")
}

// classify gives a call that has no class yet the one that text names.
func (r *row) classify(text []byte) {
	r.set(&node{field: fTag, rank: ^uint8(0)}, value{text: text})
}

// declassify takes a class back that says nothing.
func (r *row) declassify() { r.seen &^= 1 << fTag }

// isPersonal tells texts that may not become tags: e-mail addresses, and the account
// and project numbers of the clouds, which have 12 digits.
func isPersonal(text []byte) bool {
	if _, isNumber := digits(text); isNumber && len(text) == 12 {
		return true
	}
	name, domain, hasAt := bytes.Cut(text, []byte("@"))
	last := domain[bytes.LastIndexByte(domain, '.')+1:]
	return hasAt && len(name) > 0 && len(last) > 1 && len(last) < len(domain) && isLetter(last[0]) && isLetter(last[1])
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// roleOf returns the role in the ARN of who called AWS, without its account and path
// and the name of the session, which is often a person's; nil for a user.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func roleOf(arn []byte) []byte {
	if _, role, ok := bytes.Cut(arn, []byte(":assumed-role/")); ok {
		role, _, _ = bytes.Cut(role, []byte("/"))
		return role
	}
	if _, role, ok := bytes.Cut(arn, []byte(":role/")); ok {
		return role[bytes.LastIndexByte(role, '/')+1:]
	}
	return nil
}

// settleRole takes the role that called for the class, where no other is named.
func settleRole(r *row) { r.classify(roleOf(r.text(fUser))) }

// settleEndpoint cuts the tag to the name of an endpoint, without its project. The
// endpoint of a publisher's model is that model, and no class.
func settleEndpoint(r *row) {
	at := r.text(fTag)
	switch {
	case bytes.Contains(at, []byte("/models/")):
		r.declassify()
	case bytes.HasPrefix(at, []byte("projects/")):
		r.s[fTag] = modelName(at)
	}
}
