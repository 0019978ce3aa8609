package pricing

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Resolve finds the model that a log calls by name. providerHint is what the log
// says about the provider: an id of the book, a name that gateways use for it
// (bedrock, vertex_ai, xai), an API address, or "". The name may carry provider
// prefixes (openrouter/anthropic/...), regions, paths, versions and dates. It is
// false if the book knows no such model; a call of it is unpriced.
//
// A provider that is named decides: its price is never replaced by another
// provider's. Without one the book's own rules say whose a model name is. With a
// price for EveryModel every name has a model.
func (b *Book) Resolve(providerHint, name string) (Ref, bool) {
	if ref, ok := b.resolve(providerHint, name); ok || b.every == (Ref{}) {
		return ref, ok
	}
	return b.every, true
}

func (b *Book) resolve(providerHint, name string) (Ref, bool) {
	name = clean(name)
	if name == "" {
		return Ref{}, false
	}
	hinted := b.findProvider(providerHint)
	if hinted != nil {
		if ref, ok := b.atProvider(hinted, name); ok {
			return ref, true
		}
	}
	head, rest, prefixed := strings.Cut(name, "/")
	if prefixed && isGateway(head) {
		return b.resolve(providerHint, rest)
	}
	if account, _, _ := strings.Cut(rest, "/"); head == "accounts" && hinted == nil && b.byID[account] != nil {
		return b.atProvider(b.byID[account], name) // accounts/fireworks/models/...
	}
	if p := b.prefixed(head); prefixed && p != nil && (hinted == nil || hinted == p) {
		return b.atProvider(p, rest)
	}
	// A provider that is named but not in the book (a local server, a host whose
	// prices nobody lists) is not the maker of the model.
	if hinted != nil || prefixed || isLocal(providerHint) {
		return Ref{}, false
	}
	return b.byModelRules(name)
}

// isGateway reports whether a prefix names a proxy that bills nothing itself.
func isGateway(head string) bool {
	switch head {
	case "litellm", "litellm_proxy", "proxy", "helicone", "portkey", "langfuse":
		return true
	}
	return false
}

// byModelRules looks a name up without a provider: at the provider whose rule
// claims it, or at the only one that lists it.
func (b *Book) byModelRules(name string) (Ref, bool) {
	if p := b.byID["aws"]; p != nil && bedrockName.MatchString(name) {
		return b.atProvider(p, name)
	}
	for _, candidate := range spellings(name) {
		for _, p := range b.providers {
			if !p.ModelMatch.matches(candidate) {
				continue
			}
			if m := p.find(candidate); m != nil {
				return Ref{p.ID, m.ID}, true
			}
		}
	}
	var found []Ref
	for _, p := range b.providers {
		if m := p.byID[name]; m != nil && p.ID != "openrouter" {
			found = append(found, Ref{p.ID, m.ID})
		}
	}
	if len(found) == 1 {
		return found[0], true
	}
	return Ref{}, false
}

// atProvider looks a name up at one provider and in the lists of those whose
// models it serves at their price (Azure: OpenAI and Anthropic).
func (b *Book) atProvider(p *provider, name string) (Ref, bool) {
	for _, candidate := range spellings(name) {
		if m := p.find(candidate); m != nil {
			return Ref{p.ID, m.ID}, true
		}
		for _, id := range p.Fallback {
			m := b.byID[id].find(candidate)
			if m == nil {
				continue
			}
			if p.byID[m.ID] != nil { // p has another model of that id (Azure's ada)
				return Ref{id, m.ID}, true
			}
			return Ref{p.ID, m.ID}, true
		}
	}
	return Ref{}, false
}

func (p *provider) find(name string) *model {
	if p == nil {
		return nil
	}
	for _, m := range p.models {
		if m.Match.matches(name) {
			return m
		}
	}
	return nil
}

// findProvider finds a provider by id, by a gateway's name for it, by the book's
// rules or by the address of its API.
func (b *Book) findProvider(hint string) *provider {
	hint = strings.ToLower(strings.TrimSpace(hint))
	if hint == "" {
		return nil
	}
	if p := b.prefixed(hint); p != nil {
		return p
	}
	address := strings.HasPrefix(hint, "http")
	for _, p := range b.providers {
		if address && p.api.MatchString(hint) || !address && p.Match.matches(hint) {
			return p
		}
	}
	return nil
}

// prefixed finds the provider that a model prefix such as "bedrock" stands for.
func (b *Book) prefixed(head string) *provider {
	if p := b.byID[head]; p != nil {
		return p
	}
	return b.byID[gatewayNames(head)]
}

// clean lowers a name and strips what is not part of the model: resource paths
// (publishers/google/models/x, arn:aws:bedrock:...:inference-profile/x).
func clean(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if strings.HasPrefix(name, "arn:") {
		return name[strings.LastIndexByte(name, '/')+1:]
	}
	if i := strings.LastIndex(name, "/models/"); i >= 0 && !strings.HasPrefix(name, "accounts/") && !strings.Contains(name, "/accounts/") {
		if prefix, _, ok := strings.Cut(name, "/"); ok && prefix != "projects" && prefix != "publishers" && prefix != "models" {
			return prefix + "/" + name[i+len("/models/"):]
		}
		return name[i+len("/models/"):]
	}
	return strings.TrimPrefix(name, "models/")
}

// bedrockName is the shape of Bedrock's model and inference profile ids, which
// name their maker with a dot: us.anthropic.claude-..., amazon.nova-pro-v1:0.
var bedrockName = regexp.MustCompile(`^(?:(?:global|us|eu|apac|au|jp|us-gov)\.)?(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek|qwen|openai|nvidia|google)\.[a-z]`)

// suffixes are endings that do not change the price, tried in this order.
var suffixes = []*regexp.Regexp{
	regexp.MustCompile(`@(?:latest|default|\d{6,8}|\d{3})$`),
	regexp.MustCompile(`-v\d+(?::\d+)?(?::\d+k)?$`),
	regexp.MustCompile(`[-@]20\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])$`),
	regexp.MustCompile(`-latest$`),
}

// compactDate is a date without dashes where the book may have them: gpt-4o-20240513.
var compactDate = regexp.MustCompile(`-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(-|:|$)`)

// editorNames are how code editors call models: Claude's with the version first,
// and the effort or the thinking that they ask for at the end. Neither changes the
// price of a token. A fast variant is another tier, and stays unknown.
func editorNames(name string) string {
	name = effort.ReplaceAllString(name, "$1")
	name = thinking.ReplaceAllString(name, "$1")
	name = versionFirst.ReplaceAllString(name, "claude-$3-$1-$2")
	return strings.TrimSuffix(name, "-")
}

var (
	effort       = regexp.MustCompile(`^((?:gpt-5|o\d|gemini-3).*)-(?:minimal|low|medium|high|xhigh)$`)
	thinking     = regexp.MustCompile(`^(claude-.*)-thinking$`)
	versionFirst = regexp.MustCompile(`^claude-([4-9])(?:\.(\d))?-(opus|sonnet|haiku)$`)
)

// spellings returns the names to try for a model, the one in the log first: then
// with dashes in its date, as code editors spell it, and without its vendor
// prefix, version and date, one after the other.
func spellings(name string) []string {
	out := []string{name}
	add := func(s string) {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	add(compactDate.ReplaceAllString(name, "-$1-$2-$3$4"))
	for _, s := range slices.Clone(out) {
		add(s[strings.LastIndexByte(s, '/')+1:])
	}
	for _, s := range slices.Clone(out) {
		add(strings.Replace(s, "@", "-", 1))
	}
	for _, s := range slices.Clone(out) {
		add(editorNames(s))
	}
	for i := 0; i < len(out); i++ {
		for _, suffix := range suffixes {
			add(suffix.ReplaceAllString(out[i], ""))
		}
	}
	return out
}

// Resolver remembers what names resolve to, for one run over a log with few
// names and many calls. It is safe for use by several goroutines.
type Resolver struct {
	book *Book
	mu   sync.Mutex
	seen map[[2]string]resolved
}

type resolved struct {
	ref Ref
	ok  bool
}

// maxRemembered bounds the memory that a log full of made-up names can take.
const maxRemembered = 4096

// Resolver returns a new, empty Resolver over the book.
func (b *Book) Resolver() *Resolver {
	return &Resolver{book: b, seen: map[[2]string]resolved{}}
}

// Resolve is Book.Resolve, remembered.
func (r *Resolver) Resolve(providerHint, name string) (Ref, bool) {
	key := [2]string{providerHint, name}
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.seen[key]; ok {
		return known.ref, known.ok
	}
	ref, ok := r.book.Resolve(providerHint, name)
	if len(r.seen) < maxRemembered {
		// Clones do not keep a whole log line in memory.
		r.seen[[2]string{strings.Clone(providerHint), strings.Clone(name)}] = resolved{ref, ok}
	}
	return ref, ok
}
