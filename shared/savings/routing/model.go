package routing

// router gives a prompt a score: higher means that the strong model gains more.
type router interface {
	score(Label) float64
}

// fitter learns a router from labels. It must not look at other rows.
type fitter func(rows []Label, scale scale, seed uint64) router

// scale is the range of scores; for true and false, 0 to 1.
type scale struct{ low, high float64 }

func (s scale) width() float64 { return s.high - s.low }

// byLength is the first baseline: the prompt's length alone, with the sign that
// served better where it was learned.
type byLength struct{ sign float64 }

func (b byLength) score(l Label) float64 { return b.sign * float64(l.Length) }

func fitLength(rows []Label, _ scale, _ uint64) router {
	longer := byLength{1}
	if figures, ok := measure(score(longer, rows)); ok && figures.APGR < 0.5 {
		return byLength{-1}
	}
	return longer
}

// fitConstant gives every prompt the same score: no prompt is worth the strong model.
func fitConstant([]Label, scale, uint64) router { return byLength{0} }

// byTag is the second baseline: the mean gain of the prompt's class, drawn
// towards the overall mean where the class has few prompts.
type byTag struct {
	gain, weak prior
}

func (b byTag) score(l Label) float64 { return b.gain.of(l.Tag) }

func fitTag(rows []Label, _ scale, _ uint64) router { return tagPriors(rows) }

func tagPriors(rows []Label) byTag {
	return byTag{
		gain: newPrior(rows, Label.Gain),
		weak: newPrior(rows, func(l Label) float64 { return l.Weak }),
	}
}

// prior is the mean of a figure per tag.
type prior struct {
	overall float64
	byTag   map[string]float64
}

// shrink is the weight of the overall mean in a class's mean, in prompts.
const shrink = 5

func newPrior(rows []Label, figure func(Label) float64) prior {
	p := prior{byTag: map[string]float64{}}
	counts := map[string]float64{}
	for _, r := range rows {
		p.byTag[r.Tag] += figure(r)
		counts[r.Tag]++
		p.overall += figure(r) / float64(len(rows))
	}
	for tag, sum := range p.byTag {
		p.byTag[tag] = (sum + shrink*p.overall) / (counts[tag] + shrink)
	}
	return p
}

func (p prior) of(tag string) float64 {
	if mean, ok := p.byTag[tag]; ok {
		return mean
	}
	return p.overall
}

// score runs a router over rows.
func score(r router, rows []Label) []scored {
	out := make([]scored, len(rows))
	for i, row := range rows {
		out[i] = scored{r.score(row), row.Gain(), 1}
	}
	return out
}
