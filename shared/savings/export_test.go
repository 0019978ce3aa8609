package savings

import (
	"context"

	"netra/shared/dataset"
	"netra/shared/pricing"
)

// AnalyseLarge is Analyse as it treats a log that is too large to be kept in memory.
func AnalyseLarge(ctx context.Context, file *dataset.File, book *pricing.Book, opts Options) (*Analysis, error) {
	return analyse(ctx, file, book, opts, 0)
}
