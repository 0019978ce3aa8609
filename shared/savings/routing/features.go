package routing

import (
	"hash/fnv"
	"math"
	"strings"
	"unicode"
)

// buckets is the size of the hashed n-gram space. At 2^16 the vocabulary of
// some ten thousand prompts meets few collisions and a model is half a MiB.
const buckets = 1 << 16

// shapes is how many features describe the shape of a prompt.
const shapes = 8

// maxWords bounds the work on one prompt; what follows is counted in its
// length but not read for words.
const maxWords = 4000

// feature is one entry of a sparse vector.
type feature struct {
	index uint32
	value float32
}

// Features is a prompt reduced to numbers: hashed word n-grams, scaled to
// length one, and the shape of the text. The words cannot be read back.
type Features struct {
	grams []feature
	shape [shapes]float64
}

// Extract reduces a prompt to its features.
func Extract(prompt string) Features {
	return Features{grams: grams(words(prompt)), shape: shape(prompt)}
}

// words splits a text into lower-case runs of letters and digits. Every digit
// run becomes one token, so that arithmetic looks alike whatever its numbers.
func words(text string) []string {
	fields := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	if len(fields) > maxWords {
		fields = fields[:maxWords]
	}
	for i, f := range fields {
		if strings.IndexFunc(f, func(r rune) bool { return !unicode.IsDigit(r) }) < 0 {
			fields[i] = "0"
		}
	}
	return fields
}

// grams hashes words and word pairs. A count enters by its logarithm, and the
// vector is scaled to length one, so that long prompts do not outweigh others.
func grams(tokens []string) []feature {
	counts := make(map[uint32]float64, 2*len(tokens))
	order := make([]uint32, 0, 2*len(tokens))
	add := func(gram string) {
		h := fnv.New32a()
		h.Write([]byte(gram))
		index := h.Sum32() % buckets
		if counts[index] == 0 {
			order = append(order, index)
		}
		counts[index]++
	}
	for i, token := range tokens {
		add(token)
		if i > 0 {
			add(tokens[i-1] + " " + token)
		}
	}
	var norm float64
	for _, index := range order {
		counts[index] = 1 + math.Log(counts[index])
		norm += counts[index] * counts[index]
	}
	vector := make([]feature, 0, len(order))
	for _, index := range order {
		vector = append(vector, feature{index, float32(counts[index] / math.Sqrt(norm))})
	}
	return vector
}

// shape counts what tells kinds of prompts apart: length, lines, digits,
// capitals, punctuation, code and mathematics, questions, other scripts.
func shape(prompt string) [shapes]float64 {
	var runes, lines, digits, capitals, marks, symbols, questions, foreign float64
	for _, r := range prompt {
		runes++
		switch {
		case r == '\n':
			lines++
		case r == '?':
			questions++
		case unicode.IsDigit(r):
			digits++
		case unicode.IsUpper(r):
			capitals++
		case strings.ContainsRune("{}[]<>=+*/^\\$_|;", r):
			symbols++
		case unicode.IsPunct(r):
			marks++
		}
		if r > unicode.MaxASCII {
			foreign++
		}
	}
	share := func(n float64) float64 { return math.Sqrt(n / math.Max(runes, 1)) }
	return [shapes]float64{
		math.Log1p(runes), math.Log1p(lines), share(digits), share(capitals),
		share(marks), share(symbols), math.Min(questions, 3), share(foreign),
	}
}
