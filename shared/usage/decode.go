package usage

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"

	"github.com/cespare/xxhash/v2"
	"github.com/go-faster/jx"
)

// decoder turns records of one layout into calls.
type decoder struct {
	layout     layout
	tree       *node
	columns    []*node // of a table, by cell; nil for columns that say nothing
	row        row
	walk       walker
	names      *names
	prompts    prompts
	priceModel string
	stats      decodeStats
}

// decodeStats count what a report tells of the rows.
type decodeStats struct {
	fields       [numFields]int64
	unclear      int64 // rows whose cached tokens may be inside or beside the input
	unknownTiers int64
	weight       float64 // sum over calls
	calls        float64
}

func newDecoder(l layout, opts Options) *decoder {
	d := &decoder{layout: l, tree: l.tree(), names: newNames(opts.Key), priceModel: opts.PriceModel}
	d.walk.row = &d.row
	key := opts.Key
	if key == "" {
		key = publicKey
	}
	d.prompts.seed = xxhash.Sum64String(key)
	return d
}

func (d *decoder) limit() int64 {
	if d.layout.summed {
		return maxTokens * 1_000_000
	}
	return maxTokens
}

// handler takes one row of a record: a row that could be read, or err.
type handler func(r *row, err error)

// record reads a record and hands over each of its rows.
func (d *decoder) record(rec record, h handler) {
	d.walk.begin()
	if rec.cells != nil {
		d.row.reset(d.limit(), true)
		h(&d.row, d.cells(rec.cells))
		return
	}
	d.row.reset(d.limit(), false)
	d.json(rec.json, h)
}

func (d *decoder) cells(cells [][]byte) error {
	for i, cell := range cells {
		n := d.columns[i]
		if n == nil {
			continue
		}
		if n.field != fNone {
			d.row.set(n, value{text: cell})
			continue
		}
		d.walk.nesting = 0
		if err := d.walk.inner(cell, n); err != nil {
			return fmt.Errorf("column %d: %w", i+1, badJSON(err))
		}
	}
	return nil
}

// json reads a JSON value; an array, or the array that the layout's stash
// names, holds rows of its own, which inherit what stands around it.
func (d *decoder) json(text []byte, h handler) {
	elements := text
	if text[0] != '[' {
		if err := d.walk.record(text, d.tree); err != nil {
			h(&d.row, badJSON(err))
			return
		}
		if elements = d.walk.stashed; elements == nil {
			h(&d.row, nil)
			return
		}
	}
	outer := d.row.seen
	reason := d.row.reason
	inner := jx.DecodeBytes(elements)
	err := inner.Arr(func(jd *jx.Decoder) error {
		raw, err := jd.Raw()
		if err == nil {
			d.row.seen, d.row.reason = outer, reason
			d.json(raw, h)
		}
		return err
	})
	if err != nil {
		h(&d.row, badJSON(err))
	}
}

// errJSON stands for every fault of JSON: the library's chain of positions
// would fill a report.
var errJSON = errors.New("not valid JSON")

func badJSON(err error) error {
	if errors.Is(err, errNesting) {
		return err
	}
	return errJSON
}

// call fills c from the row. A row that is no call gets its names only.
func (d *decoder) call(r *row, line int64, c *Call) (isCall bool, err error) {
	*c = Call{LatencyMS: -1, TTFTMS: -1, Count: 1, Weight: 1, Line: line}
	isCall = d.layout.isCall == nil || d.layout.isCall(r)
	d.identify(r, c)
	if !isCall {
		return false, nil
	}
	if r.reason != nil {
		return false, r.reason
	}
	if err := d.fill(r, c); err != nil {
		return false, err
	}
	d.note(r, c)
	return true, nil
}

func (d *decoder) identify(r *row, c *Call) {
	c.Model = d.names.name(modelName(r.text(fModel)))
	c.RequestedModel = d.names.name(modelName(r.text(fRequested)))
	if c.Model == "" && c.RequestedModel == "" {
		c.Model = d.priceModel
	}
	c.Session = d.names.pseudonym(r.text(fSession))
	if d.layout.name == "codex" {
		c.Session = d.names.pseudonym(r.text(fID))
	}
}

func (d *decoder) fill(r *row, c *Call) error {
	c.Status = status(r)
	if !r.hasTokens() && c.Status == OK {
		return errNoTokens
	}
	tokens, unsure, err := r.buckets(d.layout.cachedInside)
	if err != nil {
		return err
	}
	if unsure == cachedUnclear {
		d.stats.unclear++
	}
	c.Tokens = tokens
	c.Provider = d.provider(r, c)
	c.Tier = d.tier(r)
	c.User = d.names.pseudonym(r.text(fUser))
	c.Tag = d.names.name(firstOf(r.text(fTag)))
	d.times(r, c)
	if err := d.money(r, c); err != nil {
		return err
	}
	return d.prompt(r, c)
}

func (d *decoder) provider(r *row, c *Call) string {
	switch {
	case d.layout.provider != "":
		return d.layout.provider
	case r.has(fProvider):
		return providerID(d.names.name(r.text(fProvider)))
	case d.layout.bodies:
		return providerOf(c.Model)
	}
	return ""
}

func (d *decoder) tier(r *row) Tier {
	tier, known := parseTier(r.text(fTier))
	if !known {
		d.stats.unknownTiers++
	}
	if tier == Standard && isTrue(r.text(fBatch)) {
		return Batch
	}
	if tier == Standard {
		return d.layout.tier
	}
	return tier
}

func status(r *row) Status {
	if isTrue(r.text(fCacheHit)) {
		return Served
	}
	if s := httpStatus(r.num(fHTTPStatus)); s != OK {
		return s
	}
	if s := parseStatus(r.text(fStatus)); s != OK {
		return s
	}
	if e := r.text(fError); len(e) > 0 && !bytes.EqualFold(e, []byte("false")) && string(e) != "0" {
		return Failed
	}
	return OK
}

// maxLatencyMS is a week: batches take a day, anything longer is damage.
const maxLatencyMS = 7 * 24 * 3600 * 1000

func (d *decoder) times(r *row, c *Call) {
	start := r.num(fTime)
	switch {
	case d.layout.relative && r.has(fRelativeMS) && r.f[fRelativeMS] >= 0:
		c.Time = 1 + int64(min(r.f[fRelativeMS], 1e15)*1000) // 0 means unknown
	case start != 0:
		c.Time = start
	default:
		c.Time = r.num(fEnd)
	}
	if d.layout.summed {
		return
	}
	c.LatencyMS = latency(r, fLatencyMS, fLatencyS, start, r.num(fEnd))
	c.TTFTMS = latency(r, fTTFTMS, fTTFTS, start, r.num(fFirstToken))
}

// latency prefers the difference of two moments, whose unit is certain.
func latency(r *row, inMS, inS field, start, end int64) float64 {
	ms := -1.0
	switch {
	case start != 0 && end != 0:
		ms = float64(end-start) / 1000
	case r.has(inMS):
		ms = r.f[inMS]
	case r.has(inS):
		ms = r.f[inS] * 1000
	}
	if ms < 0 || ms > maxLatencyMS {
		return -1
	}
	return ms
}

func (d *decoder) money(r *row, c *Call) error {
	if r.has(fCost) {
		c.ReportedCost = r.f[fCost]
		c.HasCost = c.ReportedCost != 0 || d.layout.freeIsReal || c.Status == Served
		c.Currency = d.names.name(r.text(fCurrency))
	}
	if c.ReportedCost < 0 {
		return fmt.Errorf("cost: %v is negative", c.ReportedCost)
	}
	if r.has(fQuality) && r.f[fQuality] >= 0 && r.f[fQuality] <= 1 {
		c.Quality, c.HasQuality = r.f[fQuality], true
	}
	if r.has(fCount) {
		c.Count = r.num(fCount)
	}
	if !r.has(fSampleRate) {
		return nil
	}
	rate := r.f[fSampleRate]
	if rate <= 0 || rate > 1 {
		return fmt.Errorf("sample rate: %v is not over 0 and up to 1", rate)
	}
	c.Weight = 1 / rate
	return nil
}

func (d *decoder) prompt(r *row, c *Call) error {
	if r.has(fBlocks) {
		ids, err := parseBlocks(r.text(fBlocks), &d.prompts.slab)
		if err != nil {
			return fmt.Errorf("blocks: %w", err)
		}
		c.Blocks, c.BlockTokens = ids, mooncakeBlock
		if len(ids) > 0 { // the last block's id identifies the whole prefix; its length tells short last blocks apart
			c.PromptHash = nonZero(mix(ids[len(ids)-1]+1) ^ mix(uint64(c.Prompt())))
		}
		return nil
	}
	d.prompts.hash(r, c)
	if r.has(fPromptHash) {
		c.PromptHash = nonZero(mix(xxhash.Sum64(r.text(fPromptHash)) ^ d.prompts.seed))
	}
	return nil
}

var errBlocks = errors.New("not a list of whole numbers")

func (d *decoder) note(r *row, c *Call) {
	for seen := r.seen; seen != 0; seen &= seen - 1 {
		d.stats.fields[bits.TrailingZeros64(seen)]++
	}
	d.stats.calls += float64(c.Count)
	d.stats.weight += float64(c.Count) * c.Weight
}
