package pricing

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"netra/shared/usage"
)

// Book is a price book: every provider, its models and their dated prices. It is
// never changed after loading, so any number of goroutines may use it.
type Book struct {
	// AsOf is the day on which the book's prices were last checked, noon UTC. A
	// call without a time is priced as of it, so the answer does not depend on
	// the clock of the machine.
	AsOf time.Time
	// Source says where the book was made from.
	Source string
	// Broken lists the rows that were left out, with the reason.
	Broken []Broken

	providers []*provider
	byID      map[string]*provider
	// every is the model that stands for all unknown ones, zero without one.
	every Ref
	// own are the names that the user gave prices for.
	own []string
}

// Own returns the names of the models whose prices are the user's, in order.
func (b *Book) Own() []string { return slices.Clone(b.own) }

// Broken is a row of a price table that cannot be right and is not used.
type Broken struct {
	Ref    Ref    `json:"ref"`
	Reason string `json:"reason"`
}

// Ref names a model of the book. It is comparable; the zero Ref names none.
type Ref struct {
	Provider string `json:"provider"`
	Model    string `json:"model"`
}

// String returns provider/model.
func (r Ref) String() string { return r.Provider + "/" + r.Model }

type provider struct {
	ID         string      `json:"id"`
	Match      clause      `json:"provider_match"`
	ModelMatch clause      `json:"model_match"`
	API        string      `json:"api_pattern"`
	Fallback   []string    `json:"fallback_model_providers"`
	Extractors []extractor `json:"extractors"`
	// Rows are the models as JSON; those that can be used become models.
	Rows []json.RawMessage `json:"models"`

	api    *regexp.Regexp
	models []*model
	byID   map[string]*model
}

type model struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Match   clause  `json:"match"`
	Window  int64   `json:"context_window"`
	Retired bool    `json:"deprecated"`
	Prices  periods `json:"prices"`

	// identity names the model apart from its provider; see identity().
	identity string
	// tiers are the user's own tier rules; nil: the published ones.
	tiers map[usage.Tier]factor
}

//go:embed prices.json.gz
var embeddedPrices []byte

//go:embed history.json
var embeddedHistory []byte

// Embedded returns the book that is part of the program. It unpacks and checks
// the book on every call (some tens of milliseconds): make it once, in main, and
// pass it on.
func Embedded() (*Book, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(embeddedPrices))
	if err != nil {
		return nil, fmt.Errorf("unpack the price book: %w", err)
	}
	book, err := Load(unpacked)
	if err != nil {
		return nil, err
	}
	return book, book.addHistory(embeddedHistory)
}

// Load reads a book in the form that scripts/prices writes: {"as_of", "source",
// "providers"}, the providers as in genai-prices data.v2.json. Rows that fail
// the checks are left out and listed in Book.Broken; a file that is not such a
// book at all is an error.
func Load(r io.Reader) (*Book, error) {
	var file struct {
		AsOf      string      `json:"as_of"`
		Source    string      `json:"source"`
		Providers []*provider `json:"providers"`
	}
	if err := json.NewDecoder(r).Decode(&file); err != nil {
		return nil, fmt.Errorf("read the price book: %w", err)
	}
	day, err := time.Parse(time.DateOnly, file.AsOf)
	if err != nil {
		return nil, fmt.Errorf("read the price book: as_of: %w", err)
	}
	book := &Book{AsOf: day.Add(12 * time.Hour), Source: file.Source, byID: map[string]*provider{}}
	for _, p := range file.Providers {
		if err := book.add(p); err != nil {
			return nil, fmt.Errorf("read the price book: provider %s: %w", p.ID, err)
		}
	}
	if len(book.providers) == 0 {
		return nil, fmt.Errorf("read the price book: it has no providers")
	}
	return book, nil
}

func (b *Book) add(p *provider) error {
	var err error
	if p.api, err = regexp.Compile("^(?:" + p.API + ")"); err != nil {
		return fmt.Errorf("api pattern: %w", err)
	}
	p.byID = make(map[string]*model, len(p.Rows))
	for _, row := range p.Rows {
		m, reason := readModel(row)
		if reason != "" {
			b.Broken = append(b.Broken, Broken{Ref{p.ID, m.ID}, reason})
			continue
		}
		p.models = append(p.models, m)
		p.byID[m.ID] = m
	}
	p.Rows = nil
	b.providers = append(b.providers, p)
	b.byID[p.ID] = p
	return nil
}

// readModel reads one row. A row that cannot be used comes back with the reason
// and, as far as it can be read, its id.
func readModel(row json.RawMessage) (*model, string) {
	var m model
	if err := json.Unmarshal(row, &m); err != nil {
		named := model{}
		var id struct {
			ID string `json:"id"`
		}
		if json.Unmarshal(row, &id) == nil {
			named.ID = id.ID
		}
		return &named, err.Error()
	}
	if m.ID == "" {
		return &m, "it has no id"
	}
	m.identity = identity(m.ID)
	m.Prices.complete(m.ID)
	return &m, m.fault()
}

// model finds what ref names: in its provider's list, or in the list of a
// provider whose models it serves.
func (b *Book) model(ref Ref) *model {
	p := b.byID[ref.Provider]
	if p == nil {
		return nil
	}
	if m := p.byID[ref.Model]; m != nil {
		return m
	}
	for _, id := range p.Fallback {
		if other := b.byID[id]; other != nil && other.byID[ref.Model] != nil {
			return other.byID[ref.Model]
		}
	}
	return nil
}

// Size returns how many providers and models the book has.
func (b *Book) Size() (providers, models int) {
	for _, p := range b.providers {
		models += len(p.models)
	}
	return len(b.providers), models
}
