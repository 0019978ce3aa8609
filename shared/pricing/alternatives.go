package pricing

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Alternatives returns the same model at other providers, or in another region
// of the same one, that has a price at the time (microseconds; 0 means
// Book.AsOf). Whether one is cheaper depends on the calls: price them both ways.
func (b *Book) Alternatives(ref Ref, unixMicros int64) []Ref {
	wanted := b.model(ref)
	if wanted == nil {
		return nil
	}
	return b.collect(unixMicros, func(other Ref, m *model) bool {
		return other != ref && m.identity == wanted.identity
	})
}

// collect returns every priced model that fits, by provider and name.
func (b *Book) collect(unixMicros int64, fits func(Ref, *model) bool) []Ref {
	var out []Ref
	for _, p := range b.providers {
		for _, m := range p.models {
			ref := Ref{p.ID, m.ID}
			if fits(ref, m) && !m.Retired && m.Prices.at(b.when(unixMicros)).pricesTokens() {
				out = append(out, ref)
			}
		}
	}
	slices.SortFunc(out, func(a, b Ref) int {
		return cmp.Or(strings.Compare(a.Provider, b.Provider), strings.Compare(a.Model, b.Model))
	})
	return out
}

// Models returns the models of a provider that have a price at the time
// (microseconds; 0 means Book.AsOf) and are not retired.
func (b *Book) Models(provider string, unixMicros int64) []Ref {
	return b.collect(unixMicros, func(r Ref, _ *model) bool { return r.Provider == provider })
}

// Successors returns newer models of the same family and size at the same
// provider that cost no more for input and for output, and less for one of them,
// at the time (microseconds; 0 means Book.AsOf); the newest first. They answer
// differently: moving to one needs an evaluation.
func (b *Book) Successors(ref Ref, unixMicros int64) []Ref {
	now, ok := b.Rates(ref, unixMicros, "")
	if !ok {
		return nil
	}
	line, version, known := family(b.model(ref).identity)
	if !known {
		return nil
	}
	versions := map[Ref]generation{}
	out := b.collect(unixMicros, func(other Ref, m *model) bool {
		if other.Provider != ref.Provider {
			return false
		}
		otherLine, otherVersion, known := family(m.identity)
		if !known || otherLine != line || otherVersion.compare(version) <= 0 {
			return false
		}
		rates, ok := b.Rates(other, unixMicros, "")
		versions[other] = otherVersion
		return ok && cheaper(rates.Base, now.Base)
	})
	slices.SortStableFunc(out, func(x, y Ref) int { return versions[y].compare(versions[x]) })
	return out
}

func cheaper(a, b RateSet) bool {
	return a.Input <= b.Input && a.Output <= b.Output && (a.Input < b.Input || a.Output < b.Output)
}

// generation orders the models of a family: major, minor.
type generation [2]int

func (g generation) compare(h generation) int {
	return cmp.Or(cmp.Compare(g[0], h[0]), cmp.Compare(g[1], h[1]))
}

// lineup is a pattern of model identities: the named groups major and minor are
// the version, and what is left without them is the family.
type lineup struct {
	pattern *regexp.Regexp
	prefix  string
}

var lineups = []lineup{
	{regexp.MustCompile(`^claude-(?P<size>opus|sonnet|haiku|fable)-(?P<major>\d+)(?:-(?P<minor>\d))?$`), "claude"},
	{regexp.MustCompile(`^gemini-(?P<major>\d+)(?:-(?P<minor>\d+))?-(?P<size>pro|flash-lite|flash)(?:-preview)?$`), "gemini"},
	{regexp.MustCompile(`^gpt-(?P<major>\d+)(?P<omni>o)?(?:-(?P<minor>\d))?(?:-(?P<size>mini|nano|pro|turbo))?$`), "gpt"},
	{regexp.MustCompile(`^o(?P<major>\d+)(?:-(?P<size>mini|pro))?$`), "o"},
	{regexp.MustCompile(`^grok-(?P<major>\d+)(?:-(?P<minor>\d+))?(?:-(?P<size>mini|fast|mini-fast))?$`), "grok"},
	{regexp.MustCompile(`^mistral-(?P<size>large|medium|small)-(?P<major>\d{4})$`), "mistral"},
	{regexp.MustCompile(`^llama-(?P<major>\d+)-(?P<minor>\d+)-(?P<size>\d+b)-instruct$`), "llama"},
	{regexp.MustCompile(`^nova(?:-(?P<major>\d+))?-(?P<size>lite|micro|pro)$`), "nova"},
	{regexp.MustCompile(`^deepseek-v(?P<major>\d+)(?:-(?P<minor>\d+))?$`), "deepseek"},
}

// Generation returns the maker's name for its models (claude, gpt, gemini) and which
// major version of them ref is; false for a model whose line is not known.
func (b *Book) Generation(ref Ref) (maker string, major int, ok bool) {
	m := b.model(ref)
	if m == nil {
		return "", 0, false
	}
	line, version, ok := family(m.identity)
	maker, _, _ = strings.Cut(line, " ")
	return maker, version[0], ok
}

// family returns the line of models that an identity belongs to (claude sonnet, gpt
// mini) and its place in it.
func family(name string) (line string, version generation, ok bool) {
	for _, l := range lineups {
		found := l.pattern.FindStringSubmatch(name)
		if found == nil {
			continue
		}
		group := func(part string) string {
			if i := l.pattern.SubexpIndex(part); i >= 0 {
				return found[i]
			}
			return ""
		}
		version = generation{number(group("major")), 10 * number(group("minor"))}
		size := group("size")
		if group("omni") != "" {
			version[1] = 5 // gpt-4o came after gpt-4 and gpt-4-turbo and before gpt-4.1
		}
		if size == "turbo" {
			size, version[1] = "", version[1]+2
		}
		return l.prefix + " " + size, version, true
	}
	return "", generation{}, false
}

// number reads digits; an absent version is generation 1 of the line or minor 0.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}
