package intelligence

import (
	"context"
	"errors"
	"fmt"

	"netra/shared/pricing"
	"netra/shared/savings"
	"netra/shared/store"
)

// useTerms reads the user's own prices. They override the price book in all that
// the run computes; a later file overrides an earlier one.
func (w *work) useTerms(ctx context.Context, files []store.Dataset) error {
	for _, f := range files {
		terms, err := w.readTerms(ctx, f)
		if err != nil {
			return err
		}
		if w.terms != nil {
			terms = w.terms.And(terms)
		}
		w.terms = &terms
	}
	return nil
}

// book is the price book with the user's own prices in it.
func (w *work) book() *pricing.Book {
	if w.terms == nil {
		return w.Prices
	}
	return w.Prices.With(w.terms.Prices)
}

func (w *work) readTerms(ctx context.Context, f store.Dataset) (terms savings.Terms, err error) {
	body := w.body(ctx, f)
	defer func() { err = errors.Join(err, body.Close()) }()
	terms, err = savings.ReadTerms(body)
	if errors.Is(err, savings.ErrTerms) {
		return savings.Terms{}, badTerms{fmt.Errorf("%s: %w", f.Filename, err)}
	}
	return terms, err
}

// badTerms are prices that cannot be used; the text is for the user.
type badTerms struct{ err error }

func (b badTerms) Error() string       { return b.err.Error() }
func (b badTerms) Unwrap() error       { return b.err }
func (b badTerms) UserMessage() string { return b.err.Error() }
