package pricing

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"netra/shared/usage"
)

// Body is what a response body says of its call.
type Body struct {
	// Provider is the book's id of the provider whose rules read the body.
	Provider string
	// Model is the model that the body names, "" if it names none.
	Model string
	Usage Usage
	// Tier is the tier that served the call, standard unless the body says otherwise.
	Tier usage.Tier
	// Created is the body's own time in microseconds since the Unix epoch, 0 if it has none.
	Created int64
}

// ExtractUsage reads the usage out of a response body of a provider's API with
// the book's rules for that flavour (anthropic/default, openai/chat,
// openai/responses, google/default, ...). An empty flavour stands for the only
// one, or "default", or the only one that can read the body.
func (b *Book) ExtractUsage(providerName, flavor string, body []byte) (Body, error) {
	p := b.findProvider(providerName)
	if p == nil {
		return Body{}, fmt.Errorf("unknown provider %q; known are %s", providerName, strings.Join(b.readable(), ", "))
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var decoded any
	if err := decoder.Decode(&decoded); err != nil {
		return Body{}, fmt.Errorf("the body is not JSON: %w", err)
	}
	object, ok := decoded.(map[string]any)
	if !ok {
		return Body{}, fmt.Errorf("the body is not a JSON object")
	}
	model, counts, err := p.extract(flavor, object)
	if err != nil {
		return Body{}, fmt.Errorf("%s: %w", p.ID, err)
	}
	return Body{Provider: p.ID, Model: model, Usage: counts, Tier: bodyTier(object), Created: bodyTime(object)}, nil
}

// readable lists the providers whose bodies can be read.
func (b *Book) readable() []string {
	var ids []string
	for _, p := range b.providers {
		if len(p.Extractors) > 0 {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

func (p *provider) extract(flavor string, body any) (string, Usage, error) {
	var flavors []string
	for i := range p.Extractors {
		e := &p.Extractors[i]
		if e.Flavor == flavor || flavor == "" && (e.Flavor == "default" || len(p.Extractors) == 1) {
			return e.extract(body)
		}
		flavors = append(flavors, e.Flavor)
	}
	if len(flavors) == 0 {
		return "", nil, fmt.Errorf("the price book has no rules to read its bodies")
	}
	if flavor != "" {
		return "", nil, fmt.Errorf("unknown api_flavor %q; want one of %s", flavor, strings.Join(flavors, ", "))
	}
	return p.extractAny(body, flavors)
}

// extractAny reads a body of unknown flavour, if the flavours that can read it
// do not contradict each other.
func (p *provider) extractAny(body any, flavors []string) (string, Usage, error) {
	var name string
	var counts Usage
	for i := range p.Extractors {
		n, u, err := p.Extractors[i].extract(body)
		if err != nil {
			continue
		}
		if counts != nil && (u["input_tokens"] != counts["input_tokens"] || u["output_tokens"] != counts["output_tokens"]) {
			return "", nil, fmt.Errorf("name the api_flavor, one of %s: the body can be read in several ways", strings.Join(flavors, ", "))
		}
		if counts == nil || len(u) > len(counts) {
			name, counts = n, u
		}
	}
	if counts == nil {
		return "", nil, fmt.Errorf("no usage in the body for any api_flavor of %s", strings.Join(flavors, ", "))
	}
	return name, counts, nil
}

// bodyTier reads the served tier: OpenAI and Groq name it beside the usage,
// Anthropic inside it.
func bodyTier(body map[string]any) usage.Tier {
	name, _ := body["service_tier"].(string)
	if counts, ok := body["usage"].(map[string]any); ok && name == "" {
		name, _ = counts["service_tier"].(string)
	}
	switch name {
	case "batch":
		return usage.Batch
	case "flex":
		return usage.Flex
	case "priority", "fast":
		return usage.Priority
	}
	return usage.Standard
}

// bodyTime reads the body's own time: Unix seconds or RFC 3339.
func bodyTime(body map[string]any) int64 {
	for _, key := range []string{"created", "created_at", "createTime"} {
		switch v := body[key].(type) {
		case json.Number:
			if seconds, err := v.Float64(); err == nil && seconds > 0 && seconds < 1e11 {
				return int64(seconds * 1e6)
			}
		case string:
			if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
				return t.UnixMicro()
			}
		}
	}
	return 0
}

// NonZero returns the usage without the keys that count nothing.
func (u Usage) NonZero() Usage {
	out := Usage{}
	for key, n := range u {
		if n != 0 {
			out[key] = n
		}
	}
	return out
}
