package usage

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// publicKey is the key of hashes where Options.Key is empty.
const publicKey = "netra"

// maxRemembered bounds the names a reader remembers; past it, it forgets all
// and starts over.
const maxRemembered = 1 << 15

// names makes one string of equal texts, and pseudonyms of ids.
type names struct {
	key    []byte
	seen   map[string]string
	hashed map[string]string
}

func newNames(key string) *names {
	if key == "" {
		key = publicKey
	}
	return &names{key: []byte(key), seen: map[string]string{}, hashed: map[string]string{}}
}

// maxName bounds a model, tag or provider name: names come from outside and end up in reports.
const maxName = 200

// name returns text as a string of valid UTF-8 without control characters,
// cut to maxName bytes.
func (n *names) name(text []byte) string {
	if len(text) == 0 {
		return ""
	}
	if s, ok := n.seen[string(text)]; ok {
		return s
	}
	s := clean(text)
	remember(n.seen, string(text), s)
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
	if s, ok := n.hashed[string(id)]; ok {
		return s
	}
	mac := hmac.New(sha256.New, n.key)
	mac.Write(id)
	s := hex.EncodeToString(mac.Sum(nil)[:8])
	if len(id) <= maxName {
		remember(n.hashed, string(id), s)
	}
	return s
}

func remember(m map[string]string, key, value string) {
	if len(m) >= maxRemembered {
		clear(m)
	}
	m[key] = value
}
