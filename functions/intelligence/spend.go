package intelligence

import (
	"context"
	"fmt"
	"time"

	"netra/shared/dataset"
	"netra/shared/handover"
	"netra/shared/plan"
	"netra/shared/savings"
	"netra/shared/tools"
)

type priceIn struct {
	Calls  int64 `json:"calls"`
	object string
}

type priceOut struct {
	Analysis *savings.Analysis `json:"-"`
	CostUSD  float64           `json:"cost_usd"`
}

// priceLog is the tool that says what a log cost, by model and day, where the
// data does not carry a plan: some of the question it does answer.
func (w *work) priceLog() tools.Tool[priceIn, priceOut] {
	return tools.Tool[priceIn, priceOut]{
		Name: "price_log", Purpose: "price your calls, to show what can be said without the rest",
		Permission: plan.Price, Timeout: 3 * time.Minute,
		Run: func(ctx context.Context, in priceIn) (priceOut, error) {
			object, err := w.objects.ReaderAt(ctx, in.object)
			if err != nil {
				return priceOut{}, fmt.Errorf("open the normalised log: %w", err)
			}
			file, err := dataset.Open(object, object.Size())
			if err != nil {
				return priceOut{}, err
			}
			a, err := savings.Analyse(ctx, file, w.book(), savings.Options{ExcludeLevers: savings.Levers()})
			if err != nil {
				return priceOut{}, err
			}
			a.Proposals = nil
			return priceOut{a, a.Before.CostUSD}, nil
		},
		Summary: func(out priceOut) string {
			if out.CostUSD <= 0 {
				return "nothing in the log has a known price"
			}
			return fmt.Sprintf("what the log holds cost $%.2f", out.CostUSD)
		},
	}
}

// priced is what a log cost; nil without a log.
func (w *work) priced(ctx context.Context, out handover.Intelligence) (*savings.Analysis, error) {
	if out.Object == "" {
		return nil, nil
	}
	priced, err := tools.Call(ctx, w.tools, w.priceLog(), priceIn{calls(out), out.Object})
	return priced.Analysis, err
}
