package pricing

import (
	"cmp"
	"fmt"
	"strings"
)

// unit is a class of things that are counted and priced: tokens described along
// four dimensions, or requests, or web searches. An empty dimension means "any",
// so a unit contains every unit that agrees on its non-empty dimensions.
type unit struct {
	direction string // input, output
	modality  string // text, audio, image, video
	kind      string // read, write (cache), tool, reasoning, citation
	ttl       string // 5m, 1h
	other     string // requests, web_searches: not tokens
}

// dimensions says which dimension a word of a key fixes.
func dimensions(word string) string {
	switch word {
	case "input", "output":
		return "direction"
	case "text", "audio", "image", "video":
		return "modality"
	case "read", "write", "tool", "reasoning", "citation":
		return "kind"
	case "5m", "1h":
		return "ttl"
	case "cache":
		return "cache"
	}
	return ""
}

// parseUnit reads a price key (input_mtok, cache_write_1h_mtok, web_searches_kcount)
// or a usage key (input_tokens, cache_audio_read_tokens, web_searches) of the book.
// The words of a key are its dimensions, in any order.
func parseUnit(key string) (unit, error) {
	name := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(key, "_mtok"), "_tokens"), "_kcount")
	if name == "requests" || name == "web_searches" {
		return unit{other: name}, nil
	}
	var u unit
	for word := range strings.SplitSeq(name, "_") {
		switch dimensions(word) {
		case "direction":
			u.direction = word
		case "cache":
			u.direction = "input" // only prompts are cached
		case "modality":
			u.modality = word
		case "kind":
			u.kind = word
		case "ttl":
			u.ttl = word
		default:
			return unit{}, fmt.Errorf("unknown unit %q: no meaning for %q", key, word)
		}
	}
	if u.direction == "" {
		return unit{}, fmt.Errorf("unknown unit %q: neither input nor output", key)
	}
	return u, nil
}

// contains reports whether every token of v is also one of u; a unit contains itself.
func (u unit) contains(v unit) bool {
	return u.other == v.other && within(u.direction, v.direction) && within(u.modality, v.modality) &&
		within(u.kind, v.kind) && within(u.ttl, v.ttl)
}

func within(whole, part string) bool { return whole == "" || whole == part }

// depth is the number of fixed dimensions: the higher, the narrower the unit.
func (u unit) depth() int {
	n := 0
	for _, d := range [...]string{u.direction, u.modality, u.kind, u.ttl} {
		if d != "" {
			n++
		}
	}
	return n
}

// per is the count that the book's price is for: a million tokens, a thousand of the rest.
func (u unit) per() int32 {
	if u.other != "" {
		return 3
	}
	return 6
}

// split names the one dimension in which v, a part of u, is narrower.
func (u unit) split(v unit) string {
	switch {
	case u.direction != v.direction:
		return "direction"
	case u.modality != v.modality:
		return "modality"
	case u.kind != v.kind:
		return "kind"
	}
	return "ttl"
}

// String returns the unit in words, narrowest last: "input audio read".
func (u unit) String() string {
	if u.other != "" {
		return strings.ReplaceAll(u.other, "_", " ")
	}
	return strings.Join(strings.Fields(u.direction+" "+u.modality+" "+u.kind+" "+u.ttl), " ")
}

// compareUnits is a fixed order of units of equal depth.
func compareUnits(a, b unit) int {
	return cmp.Or(strings.Compare(a.other, b.other), strings.Compare(a.direction, b.direction),
		strings.Compare(a.modality, b.modality), strings.Compare(a.kind, b.kind), strings.Compare(a.ttl, b.ttl))
}
