package usage

import (
	"math"
	"math/bits"

	"github.com/cespare/xxhash/v2"

	"netra/shared/lastseen"
)

const (
	// SketchBins is the length of a Sketch: the similarity of two prompts is
	// estimated with a standard error of at most 0.5/sqrt(64) = 0.06.
	SketchBins = 64
	// shingleWords is how many words in a row make a shingle.
	shingleWords = 3
	// MaxAsked is how many words a question may have to be compared: in a longer one
	// the few that matter drown among those that are always the same.
	MaxAsked, maxAskedBytes = 128, 2048
	// borrowed is added to a borrowed bin for each bin that it was carried past.
	borrowed = 0x9e3779b1
)

// sketch is a one-permutation MinHash of text's shingles of words (Li, Owen and
// Zhang, "One Permutation Hashing", 2012): a shingle's hash picks a bin, and the
// bin keeps the least. Bins left empty borrow from the next full one, with the
// distance mixed in (Shrivastava and Li, "Densifying One Permutation Hashing",
// 2014), so the share of equal bins estimates the Jaccard similarity.
func sketch(text []byte, seed uint64) []uint32 {
	bins := make([]uint32, SketchBins)
	for i := range bins {
		bins[i] = math.MaxUint32
	}
	var words [shingleWords]uint64
	n := 0
	eachWord(text, func(word []byte) {
		words[n%shingleWords] = xxhash.Sum64(word) ^ seed
		n++
		if n >= shingleWords {
			put(bins, combine(words, n))
		}
	})
	if n == 0 {
		return nil
	}
	if n < shingleWords {
		put(bins, combine(words, n))
	}
	densify(bins)
	return bins
}

// wordsIn counts the words of a text.
func wordsIn(text []byte) (n int) {
	eachWord(text, func([]byte) { n++ })
	return n
}

// combine hashes the last words in their order.
func combine(words [shingleWords]uint64, n int) uint64 {
	h := uint64(0)
	for i := range shingleWords {
		h = mix(h ^ words[(n+i)%shingleWords])
	}
	return h
}

// mix is a step of SplitMix64, which leaves no zero a zero.
func mix(h uint64) uint64 { return lastseen.Mix(h + 0x9e3779b97f4a7c15) }

func put(bins []uint32, h uint64) {
	bin := h % SketchBins
	bins[bin] = min(bins[bin], uint32(h>>32)&^1) // even: never the mark of an empty bin
}

func densify(bins []uint32) {
	filled := make([]uint32, len(bins))
	for i := range bins {
		for d := range bins {
			if from := bins[(i+d)%len(bins)]; from != math.MaxUint32 {
				filled[i] = from + uint32(d)*borrowed
				break
			}
		}
	}
	copy(bins, filled)
}

// Full returns which bins of a sketch hold a shingle of their own, as bits: a bin
// that is the next one and the distance to it was borrowed.
func Full(sketch []uint32) (bins uint64) {
	for i, v := range sketch {
		if next := sketch[(i+1)%len(sketch)]; v != next+borrowed {
			bins |= 1 << i
		}
	}
	return bins
}

// Alike counts the bins in which two sketches agree, of those that either has
// filled; a and b have the full bins fa and fb. Bins that both left empty say
// nothing (Li, Owen and Zhang, section 3: the share is an unbiased estimate of the
// Jaccard similarity, with no more variance than as many independent hashes).
func Alike(a, b []uint32, fa, fb uint64) (same, of int) {
	for both := fa & fb; both != 0; both &= both - 1 {
		if i := bits.TrailingZeros64(both); a[i] == b[i] {
			same++
		}
	}
	return same, bits.OnesCount64(fa | fb)
}

// eachWord calls f with every run of letters, digits and bytes beyond ASCII.
func eachWord(text []byte, f func([]byte)) {
	start := -1
	for i, c := range text {
		inWord := c >= 0x80 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		switch {
		case inWord && start < 0:
			start = i
		case !inWord && start >= 0:
			f(text[start:i])
			start = -1
		}
	}
	if start >= 0 {
		f(text[start:])
	}
}
