package routing

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
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

// counter counts the words and word pairs of one prompt after another: it is larger
// than most prompts.
type counter struct {
	counts []uint16
	order  []uint32
	word   []byte
	// last is the hash of the word before, words how many there were.
	last  uint32
	words int
}

func newCounter() *counter { return &counter{counts: make([]uint16, buckets)} }

// extract reduces a prompt to its features.
func (c *counter) extract(prompt string) Features {
	return Features{grams: c.grams(prompt), shape: shape(prompt)}
}

// grams hashes words and word pairs. A count enters by its logarithm, and the
// vector is scaled to length one, so that long prompts do not outweigh others.
func (c *counter) grams(text string) []feature {
	c.order, c.words = c.order[:0], 0
	c.each(text)
	var norm float64
	for _, index := range c.order {
		value := 1 + math.Log(float64(c.counts[index]))
		norm += value * value
	}
	vector := make([]feature, 0, len(c.order))
	for _, index := range c.order {
		value := 1 + math.Log(float64(c.counts[index]))
		vector = append(vector, feature{index, float32(value / math.Sqrt(norm))})
		c.counts[index] = 0
	}
	return vector
}

// each takes the words of a text: lower-case runs of letters and digits. Every run
// of digits is one word, so that arithmetic looks alike whatever its numbers.
func (c *counter) each(text string) {
	number := true
	c.word = c.word[:0]
	end := func() {
		if len(c.word) > 0 && c.words < maxWords {
			if number {
				c.word = append(c.word[:0], '0')
			}
			c.add()
		}
		c.word, number = c.word[:0], true
	}
	for _, r := range text {
		digit := isDigit(r)
		if !digit && !isLetter(r) {
			end()
			continue
		}
		number = number && digit
		c.word = utf8.AppendRune(c.word, lower(r))
	}
	end()
}

// add counts the word at hand and its pair with the word before: FNV-1a of "word"
// and of "before word".
func (c *counter) add() {
	hash := fnv(fnvStart, c.word)
	c.count(hash)
	if c.words > 0 {
		c.count(fnv(fnv(c.last, []byte{' '}), c.word))
	}
	c.last = hash
	c.words++
}

func (c *counter) count(hash uint32) {
	index := hash % buckets
	if c.counts[index] == 0 {
		c.order = append(c.order, index)
	}
	c.counts[index]++ // at most 2*maxWords
}

// fnvStart and fnvPrime are those of FNV-1a with 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/).
const (
	fnvStart = 2166136261
	fnvPrime = 16777619
)

// fnv goes on with a hash: texts that begin alike share the work.
func fnv(hash uint32, text []byte) uint32 {
	for _, b := range text {
		hash = (hash ^ uint32(b)) * fnvPrime
	}
	return hash
}

func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r|0x20 && r|0x20 <= 'z'
	}
	return unicode.IsLetter(r)
}

func isDigit(r rune) bool {
	if r < utf8.RuneSelf {
		return '0' <= r && r <= '9'
	}
	return unicode.IsDigit(r)
}

func lower(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r |= 0x20
		}
		return r
	}
	return unicode.ToLower(r)
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
