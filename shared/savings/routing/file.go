package routing

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
)

// policyFile is a router as it is handed over: all that grades a prompt, and the
// grade up to which calls go to the weak model. It holds weights of hashed words
// and no prompt.
type policyFile struct {
	Format   string `json:"format"`
	Strong   string `json:"strong"`
	Weak     string `json:"weak"`
	MaxGrade int    `json:"max_grade"`
	// Tags are the classes that the policy covers; null where labels had none: all.
	Tags []string `json:"tags"`
	// Cuts are the highest scores of the grades 1, 2, ...
	Cuts        []float64      `json:"cuts"`
	Gain        priorFile      `json:"gain_by_tag"`
	WeakScore   priorFile      `json:"weak_score_by_tag"`
	Mean        []float64      `json:"mean"`
	Deviation   []float64      `json:"deviation"`
	StrongModel regressionFile `json:"strong_model"`
	WeakModel   regressionFile `json:"weak_model"`
}

type priorFile struct {
	Overall float64            `json:"overall"`
	ByTag   map[string]float64 `json:"by_tag"`
}

// regressionFile is a logistic regression. Words are its weights of hashed
// words and word pairs, 32-bit floats, little endian, in base 64.
type regressionFile struct {
	Bias  float64   `json:"bias"`
	Dense []float64 `json:"dense"`
	Words string    `json:"words"`
}

// fileFormat names the format of policy files.
const fileFormat = "netra-router-1"

// File is the router and a decision on it as JSON, about 0.7 MB, for the gateway
// that is to apply it.
func (r *Router) File(d Decision) ([]byte, error) {
	f := policyFile{
		Format: fileFormat, Strong: r.labels.Strong, Weak: r.labels.Weak, MaxGrade: d.MaxGrade, Cuts: r.cuts[:],
		Gain: r.model.inputs.tags.gain.file(), WeakScore: r.model.inputs.tags.weak.file(),
		Mean: r.model.inputs.mean[:], Deviation: r.model.inputs.deviation[:],
		StrongModel: r.model.strong.file(), WeakModel: r.model.weak.file(),
	}
	if r.labels.Tagged {
		f.Tags = slices.Sorted(maps.Keys(r.classes))
	}
	raw, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("encode the router: %w", err)
	}
	return raw, nil
}

func (p prior) file() priorFile { return priorFile{p.overall, p.byTag} }

func (m *logistic) file() regressionFile {
	f := regressionFile{Bias: m.bias.value}
	for _, w := range m.dense {
		f.Dense = append(f.Dense, w.value)
	}
	var words []byte
	for _, w := range m.words {
		words = binary.LittleEndian.AppendUint32(words, math.Float32bits(float32(w.value)))
	}
	f.Words = base64.StdEncoding.EncodeToString(words)
	return f
}
