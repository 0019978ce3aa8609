package usage

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"hash/maphash"
	"strings"
	"unicode/utf8"
)

// publicKey is the key of hashes where Options.Key is empty.
const publicKey = "netra"

// names makes one string of equal texts, and pseudonyms of ids.
type names struct {
	mac hash.Hash
	sum []byte
	// known and hashed remember what texts became, to save making it again.
	known, hashed remembered
}

func newNames(key string) *names {
	if key == "" {
		key = publicKey
	}
	seed := maphash.MakeSeed()
	return &names{mac: hmac.New(sha256.New, []byte(key)), known: remembered{seed: seed}, hashed: remembered{seed: seed}}
}

// slots is how many texts are remembered at least in a long log, maxRemembered how long one may be: a
// slot fills one line of the processor's cache.
const (
	slots         = 1 << 14
	maxRemembered = 47
)

// remembered is a table of texts and what they became. A text has one slot,
// which it shares with others: the latest holds it.
type remembered struct {
	seed  maphash.Seed
	slots []slot
	puts  int
}

type slot struct {
	n      uint8
	text   [maxRemembered]byte
	became string
}

// of returns what a text became, if it is remembered.
func (m *remembered) of(text []byte) (became string, ok bool) {
	if len(text) > maxRemembered || m.slots == nil {
		return "", false
	}
	s := m.slot(text)
	return s.became, int(s.n) == len(text) && string(s.text[:s.n]) == string(text)
}

func (m *remembered) slot(text []byte) *slot {
	return &m.slots[maphash.Bytes(m.seed, text)%uint64(len(m.slots))]
}

func (m *remembered) put(text []byte, became string) {
	if len(text) > maxRemembered {
		return
	}
	if m.puts++; m.puts > len(m.slots) && len(m.slots) < slots { // small logs need few
		m.slots = make([]slot, max(64, 8*len(m.slots)))
	}
	s := m.slot(text)
	s.n, s.became = uint8(len(text)), became
	copy(s.text[:], text)
}

// maxName bounds a model, tag or provider name: names come from outside and end up in reports.
const maxName = 200

// name returns text as a string of valid UTF-8 without control characters,
// cut to maxName bytes.
func (n *names) name(text []byte) string {
	if len(text) == 0 {
		return ""
	}
	if s, ok := n.known.of(text); ok {
		return s
	}
	s := clean(text)
	n.known.put(text, s)
	return s
}

func clean(text []byte) string {
	if len(text) > maxName {
		text = text[:maxName]
	}
	s := strings.ToValidUTF8(string(text), "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	for len(s) > maxName { // replacement runes are longer than what they replace
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return strings.TrimSpace(s)
}

// pseudonym returns 16 hexadecimal digits that stand for an id: the start of
// its HMAC-SHA-256.
func (n *names) pseudonym(id []byte) string {
	if len(id) == 0 {
		return ""
	}
	if s, ok := n.hashed.of(id); ok {
		return s
	}
	n.mac.Reset()
	n.mac.Write(id)
	n.sum = n.mac.Sum(n.sum[:0])
	s := hex.EncodeToString(n.sum[:8])
	n.hashed.put(id, s)
	return s
}
