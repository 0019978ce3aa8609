package routing

import (
	"math"
	"math/rand/v2"
)

// How the regressions are trained. The step sizes are AdaGrad's (Duchi, Hazan,
// Singer 2011); words get the larger one, because each is seen seldom. Decay
// pulls a word's weight towards zero at every sight of it. Chosen on half of
// the MMLU labels; the result is flat around them (APGR within 0.004).
const (
	denseRate = 0.01
	wordRate  = 0.2
	wordDecay = 0.01
	epochs    = 6
)

// learned is a router learned from labels: the expected gain is the strong
// model's expected score minus the weak one's, each read by a logistic
// regression from hashed n-grams, the prompt's shape and the priors of its tag.
type learned struct {
	strong, weak *logistic
	inputs       inputs
}

func (l *learned) score(row Label) float64 {
	dense := l.inputs.of(row)
	return l.strong.predict(row.Features.grams, dense) - l.weak.predict(row.Features.grams, dense)
}

func fitLearned(rows []Label, s scale, seed uint64) router {
	l := &learned{strong: newLogistic(), weak: newLogistic(), inputs: fitInputs(rows)}
	rng := rand.New(rand.NewPCG(seed, 0))
	for range epochs {
		for _, i := range rng.Perm(len(rows)) {
			row := rows[i]
			dense := l.inputs.of(row)
			l.strong.step(row.Features.grams, dense, (row.Strong-s.low)/s.width())
			l.weak.step(row.Features.grams, dense, (row.Weak-s.low)/s.width())
		}
	}
	return l
}

// dense are the inputs that every prompt has: its shape and its tag's priors.
type dense [shapes + 2]float64

// inputs brings dense inputs to mean 0 and deviation 1, as seen in training.
type inputs struct {
	tags            byTag
	mean, deviation dense
}

func fitInputs(rows []Label) inputs {
	in := inputs{tags: tagPriors(rows)}
	n := float64(len(rows))
	for _, row := range rows {
		for i, v := range in.raw(row) {
			in.mean[i] += v / n
		}
	}
	for _, row := range rows {
		for i, v := range in.raw(row) {
			in.deviation[i] += (v - in.mean[i]) * (v - in.mean[i]) / n
		}
	}
	for i, variance := range in.deviation {
		in.deviation[i] = max(math.Sqrt(variance), 1e-9)
	}
	return in
}

func (in *inputs) raw(row Label) dense {
	var d dense
	copy(d[:], row.Features.shape[:])
	d[shapes], d[shapes+1] = in.tags.gain.of(row.Tag), in.tags.weak.of(row.Tag)
	return d
}

func (in *inputs) of(row Label) dense {
	d := in.raw(row)
	for i := range d {
		d[i] = (d[i] - in.mean[i]) / in.deviation[i]
	}
	return d
}

// weight is one coefficient with the sum of its squared gradients.
type weight struct{ value, seen float64 }

func (w *weight) descend(rate, gradient, damp float64) {
	w.seen += gradient * gradient
	w.value -= rate * gradient / (math.Sqrt(w.seen+damp) + 1e-6)
}

// logistic is a logistic regression; targets run from 0 to 1.
type logistic struct {
	bias  weight
	dense [shapes + 2]weight
	words []weight
}

func newLogistic() *logistic { return &logistic{words: make([]weight, buckets)} }

func (m *logistic) predict(words []feature, d dense) float64 {
	sum := m.bias.value
	for i, v := range d {
		sum += m.dense[i].value * v
	}
	for _, f := range words {
		sum += m.words[f.index].value * float64(f.value)
	}
	return 1 / (1 + math.Exp(-sum))
}

// step moves the weights along the gradient of the log loss of one prompt.
func (m *logistic) step(words []feature, d dense, target float64) {
	off := m.predict(words, d) - target
	m.bias.descend(denseRate, off, 0)
	for i, v := range d {
		m.dense[i].descend(denseRate, off*v, 0)
	}
	for _, f := range words {
		w := &m.words[f.index]
		w.descend(wordRate, off*float64(f.value)+wordDecay*w.value, 1)
	}
}

// round brings every figure of a learned router to the precision of its file.
func (l *learned) round() {
	for _, m := range []*logistic{l.strong, l.weak} {
		m.bias.round()
		for i := range m.dense {
			m.dense[i].round()
		}
		for i := range m.words {
			m.words[i].round()
		}
	}
}

func (w *weight) round() { w.value = float64(float32(w.value)) }
