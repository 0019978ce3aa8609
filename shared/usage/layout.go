package usage

import (
	"strings"
	"sync"
)

// layout says how one source writes its rows.
type layout struct {
	name string
	// provider is the price book's id where the source has one provider only.
	provider string
	// needs tells the layout from others: of each inner list at least one path
	// must occur, spelled in lower-case letters and digits only (see squeeze).
	needs [][]string
	// paths says where each field is, keys parted by "/". A key with [] is an
	// OTLP attribute list, one with {} a user's own labels, spelled as in needs.
	paths map[field][]string
	// stash names the arrays that hold the rows of one record, by their paths.
	stash []string
	// isCall tells calls from other rows; nil takes every row.
	isCall func(*row) bool
	// settle, if not nil, puts right what single fields of a call's row cannot say.
	settle func(*row)
	// tier is the tier of calls that name none.
	tier Tier
	// summed rows stand for many calls; relative times count from an unknown start.
	summed, relative bool
	// freeIsReal keeps a reported cost of 0; most sources write 0 for "unknown".
	freeIsReal bool
	// zerosLeftOut: the source does not write counts of cached tokens that are 0.
	zerosLeftOut bool
	// merge tells how rows of one call become one; nil keeps every row.
	merge func() merger
	// bodies says that rows are response bodies, whose provider the model tells.
	bodies bool
	// bill says that rows are lines of a bill, in which unit is worth so many of the
	// currency; 0 is 1.
	bill bool
	unit float64
	// spans says that rows are spans, which merge only with those above them.
	spans bool
	notes []string
	// local is how a table writes numbers and dates.
	local local
	// cachedInside answers what the columns leave open; nil if unknown.
	cachedInside *bool
}

// tree builds the layout's search tree.
func (l *layout) tree() *node {
	root := newTree(l.paths)
	for _, path := range l.stash {
		root.insert(strings.Split(path, "/"), fNone, 0)
		root.at(path).stash = true
	}
	return root
}

// repeats says whether rows that are in the log twice can be told by their ids. Where
// rows of one call are merged, the merger sees to it.
func (l *layout) repeats() bool {
	return !l.summed && len(l.paths[fID]) > 0 && (l.merge == nil || l.spans)
}

// known is the table of layouts, made once; nothing changes it.
var known = sync.OnceValue(layouts)

// layouts is the table of all formats, the more particular ones first: the
// first whose needs are met reads the log.
func layouts() []layout {
	return append([]layout{
		aider(), claudeCode(), codex(), bedrock(), otel(),
		openAIUsage(), anthropicUsage(), vertex(), helicone(), liteLLM(), langfuse(),
		langSmith(), apim(), openRouterExport(), openRouterDaily(), geminiCLI(), openCode(), cursor(), portkey(), azureTrace(), mooncake(),
		openAIBatch(), anthropicStream(), openRouter(), gemini(), converse(), cohere(), aiSDK(), anthropic(), openAI(),
	}, bills()...)
}

// below puts every path under each of the prefixes; "" is the top.
func below(prefixes []string, paths map[field][]string) map[field][]string {
	out := make(map[field][]string, len(paths))
	for f, list := range paths {
		for _, prefix := range prefixes {
			for _, path := range list {
				if prefix != "" {
					path = prefix + "/" + path
				}
				out[f] = append(out[f], path)
			}
		}
	}
	return out
}

// nested makes paths of dotted names: log stores keep a.b as {"a":{"b":1}}, or as it is.
func nested(names map[field][]string) map[field][]string {
	out := make(map[field][]string, len(names))
	for f, list := range names {
		for _, name := range list {
			out[f] = append(out[f], strings.ReplaceAll(name, ".", "/"))
		}
	}
	return out
}

// joined merges path tables.
func joined(tables ...map[field][]string) map[field][]string {
	out := make(map[field][]string)
	for _, table := range tables {
		for f, list := range table {
			out[f] = append(out[f], list...)
		}
	}
	return out
}
