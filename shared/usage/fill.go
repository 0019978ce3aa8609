package usage

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// decoded is what became of one row.
type decoded struct {
	call   Call
	isCall bool
	// err is why the row cannot be read; last says that the end of the file cut it off.
	err  error
	last bool
	// seen are the fields that a call's row has, as bits.
	seen                 uint64
	unclear, unknownTier bool
	// region is that of the cloud that served the call, "" if unknown.
	region string
	// ids are for mergers; they are empty where the layout has none.
	ids ids
}

// call fills out from the row. A row that is no call gets its names only.
func (d *decoder) call(r *row, out *decoded) {
	out.isCall = d.layout.isCall == nil || d.layout.isCall(r)
	d.identify(r, &out.call)
	if d.identifies {
		out.ids = r.ids()
	}
	if !out.isCall {
		return
	}
	if d.layout.settle != nil {
		d.layout.settle(r)
	}
	r.classify(r.service)
	if out.err = r.reason; out.err == nil {
		out.err = d.fill(r, out)
	}
	out.seen, out.region = r.seen, d.names.name(r.text(fRegion))
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

func (d *decoder) fill(r *row, out *decoded) error {
	c := &out.call
	if c.Model == "" { // the one asked for is what a log without the answer's has, failed calls above all
		c.Model = c.RequestedModel
	}
	if d.layout.bill {
		return d.charge(r, c)
	}
	c.Status = status(r)
	if !r.hasTokens() && c.Status == OK {
		return errNoTokens
	}
	tokens, unsure, err := r.buckets(d.layout.cachedInside)
	if err != nil {
		return err
	}
	out.unclear = unsure == cachedUnclear
	c.Tokens = tokens
	c.HasCache = d.tellsCache(r)
	c.Provider = d.provider(r, c)
	if c.Provider != "" { // some gateways write it twice
		c.Model = strings.TrimPrefix(c.Model, c.Provider+"/")
	}
	c.Tier, out.unknownTier = d.tier(r)
	c.User = d.names.pseudonym(r.text(fUser))
	c.Tag = d.names.name(firstOf(r.text(fTag)))
	d.times(r, c)
	if err := d.money(r, c); err != nil {
		return err
	}
	return d.prompt(r, c)
}

// tellsCache reports whether the row says what was cached.
func (d *decoder) tellsCache(r *row) bool {
	return d.layout.zerosLeftOut || r.hasAny(fReadIn, fReadOut, fReadAny, fWriteIn, fWriteOut, fWriteAny, fWrite5m, fWrite1h)
}

func (d *decoder) provider(r *row, c *Call) string {
	byModel := ""
	if d.layout.bodies { // one log may hold bodies of several providers
		byModel = providerOf(c.Model)
	}
	switch {
	case d.layout.provider != "" && byModel == "":
		return d.layout.provider
	case r.has(fProvider):
		return providerID(d.names.name(r.text(fProvider)))
	}
	return byModel
}

func (d *decoder) tier(r *row) (tier Tier, unknown bool) {
	tier, known := parseTier(r.text(fTier))
	switch {
	case tier == Standard && isTrue(r.text(fBatch)):
		tier = Batch
	case tier == Standard:
		tier = d.layout.tier
	}
	return tier, !known
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
	case r.num(fEnd) != 0:
		c.Time = r.num(fEnd)
	default:
		c.Time = r.at
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
	if r.has(fPrompt) {
		asked := d.question.of(r.text(fPrompt), r.plain)
		c.Sketch = d.prompts.sketch(&d.question, asked)
		if d.grade != nil {
			c.Grade = d.grade(c, asked)
		}
	}
	if r.has(fPromptHash) {
		c.PromptHash = nonZero(mix(xxhash.Sum64(r.text(fPromptHash)) ^ d.prompts.seed))
	}
	return nil
}

var errBlocks = errors.New("not a list of whole numbers")
