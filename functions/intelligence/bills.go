package intelligence

import (
	"strings"

	"netra/shared/store"
	"netra/shared/usage"
)

// withoutBills leaves out the bills where there are logs of calls as well: a bill and
// the calls that it is for, added up, would be the spend twice. about says what was
// left out, "" for nothing.
func withoutBills(logs []store.Dataset, reports []usage.Report) (calls []store.Dataset, about string) {
	var bills []string
	for i, r := range reports {
		if usage.IsBill(r.Format) {
			bills = append(bills, logs[i].Filename)
			continue
		}
		calls = append(calls, logs[i])
	}
	if len(bills) == 0 || len(calls) == 0 {
		return logs, ""
	}
	return calls, "Not counted, because you handed over calls as well and their costs would be counted twice: the bill " + strings.Join(bills, ", ") + ". To see what it says alone, send your message with it alone."
}
