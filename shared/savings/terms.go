package savings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"netra/shared/pricing"
)

// Terms are what a user pays by contract, uploaded as a data set beside the log:
//
//	{"prices": {"gpt-4o": {"input": 2, "output": 8}},
//	 "offers": [{"model": {"provider": "openai", "model": "gpt-4o"},
//	             "tokens_per_hour": 2e7, "usd_per_hour": 24}]}
//
// or the prices alone. Prices are USD per million tokens (pricing.OwnPrices; the
// name "*" prices every model that has no price of its own).
type Terms struct {
	Prices pricing.OwnPrices `json:"prices,omitempty"`
	// Offers are prices for provisioned throughput.
	Offers []Offer `json:"offers,omitempty"`
}

// TermsFormat is the name of such files among the formats of logs.
const TermsFormat = "own-prices"

// MaxTermsBytes is how long a file of terms may be.
const MaxTermsBytes = 64 << 10

// ErrTerms marks a file of terms that cannot be used; the text says what to change.
var ErrTerms = errors.New("your prices")

// ParseTerms reads terms. An unknown field or a price that cannot be right is an
// error that names the model.
func ParseTerms(data []byte) (Terms, error) {
	var t Terms
	if len(data) > MaxTermsBytes {
		return t, fmt.Errorf("%w: the file has over %d bytes", ErrTerms, MaxTermsBytes)
	}
	fields, err := members(data)
	if err != nil {
		return t, fmt.Errorf("%w: %w", ErrTerms, err)
	}
	prices := data
	if wrapped(fields) {
		if prices = fields["prices"]; prices == nil {
			prices = []byte("{}")
		}
	}
	if t.Prices, err = pricing.ParseOwnPrices(prices); err != nil {
		return t, fmt.Errorf("%w: %w", ErrTerms, err)
	}
	if offers := fields["offers"]; wrapped(fields) && offers != nil {
		if err := strictly(offers, &t.Offers); err != nil {
			return t, fmt.Errorf("%w: offers: want [{model: {provider, model}, tokens_per_hour, usd_per_hour, max_units}]: %w", ErrTerms, err)
		}
	}
	for _, o := range t.Offers {
		if err := o.validate(); err != nil {
			return t, fmt.Errorf("%w: %w", ErrTerms, err)
		}
	}
	return t, nil
}

// IsTerms reports whether the beginning of a file is that of a file of terms and
// not of a log: one JSON object of prices.
func IsTerms(head []byte) bool {
	fields, err := members(head)
	if err != nil || len(fields) == 0 {
		return false
	}
	if wrapped(fields) {
		return true
	}
	for _, raw := range fields {
		var price struct{ Input, Output *float64 }
		if json.Unmarshal(raw, &price) != nil || price.Input == nil || price.Output == nil {
			return false
		}
	}
	return true
}

// members are the fields of a JSON object that is all of data.
func members(data []byte) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, fmt.Errorf("want one JSON object {prices: {...}, offers: [...]}: %w", err)
	}
	return fields, nil
}

// wrapped tells {"prices": ..., "offers": ...} from prices by model.
func wrapped(fields map[string]json.RawMessage) bool {
	for name := range fields {
		if name != "prices" && name != "offers" {
			return false
		}
	}
	return len(fields) > 0
}

func strictly(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// ReadTerms is ParseTerms of a stream.
func ReadTerms(r io.Reader) (Terms, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxTermsBytes+1))
	if err != nil {
		return Terms{}, fmt.Errorf("read your prices: %w", err)
	}
	return ParseTerms(data)
}

// And returns the terms of both; of two prices for a model that of more holds.
func (t Terms) And(more Terms) Terms {
	out := Terms{Prices: maps.Clone(t.Prices), Offers: slices.Concat(t.Offers, more.Offers)}
	if out.Prices == nil {
		out.Prices = pricing.OwnPrices{}
	}
	maps.Copy(out.Prices, more.Prices)
	return out
}

// PricesEvery reports whether the terms price the calls that name no model.
func (t Terms) PricesEvery() bool {
	_, ok := t.Prices[pricing.EveryModel]
	return ok
}

func (o Offer) validate() error {
	switch {
	case o.From.Model == "":
		return errors.New("an offer names no model")
	case o.TokensPerHour <= 0 || o.USDPerHour <= 0:
		return fmt.Errorf("offer for %s: tokens and price per hour must be above 0", o.From.Model)
	case o.MaxUnits < 0:
		return fmt.Errorf("offer for %s: max_units must not be below 0", o.From.Model)
	}
	return nil
}
