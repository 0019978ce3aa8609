package pricing

import (
	"encoding/json"
	"fmt"
	"time"
)

// historic is a price of the past that the book does not have, with its source.
type historic struct {
	Provider string    `json:"provider"`
	Model    string    `json:"model"`
	Source   string    `json:"source"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	Prices   priceSet  `json:"prices"`
}

// addHistory adds dated prices that take precedence over the book's within
// their time. Each needs a source and an end: the present is the book's.
func (b *Book) addHistory(data []byte) error {
	var rows []historic
	if err := json.Unmarshal(data, &rows); err != nil {
		return fmt.Errorf("read the price history: %w", err)
	}
	for _, row := range rows {
		ref := Ref{row.Provider, row.Model}
		m := b.model(ref)
		if m == nil {
			continue // the refreshed book has dropped the model
		}
		if row.Source == "" || row.Until.IsZero() {
			return fmt.Errorf("read the price history: %s needs a source and an end", ref)
		}
		if reason := row.Prices.fault(); reason != "" {
			return fmt.Errorf("read the price history: %s: %s", ref, reason)
		}
		m.Prices = append(m.Prices, period{from: row.From, until: row.Until, set: row.Prices})
	}
	return nil
}
