// Package pricing answers what an LLM call costs: a dated price book for every
// model, embedded in the program, and the arithmetic on top of it.
//
// The book is made from pydantic/genai-prices (MIT, see NOTICE) by
// scripts/prices, which leaves out and names rows that cannot be right. Two
// paths use it:
//
//   - Book.Rates gives plain float64 rates per token for one model, time and
//     tier; Rates.Cost prices a call in a few multiplications. The replay of
//     millions of calls uses it.
//   - Book.Price works on exact decimals and on every bucket that a provider
//     reports (images, video, tools); `netra price` prints its digits.
//
// Both follow the same rules: a price is the one valid at the time of the call,
// a prompt over a long-context line is charged wholly at the second set of
// prices, a bucket without a price of its own is charged as the bucket that
// contains it, and a model that the book does not know is unpriced, never free.
package pricing
