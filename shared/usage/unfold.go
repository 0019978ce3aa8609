package usage

import (
	"slices"
	"strings"
)

// What the columns of an unfolded table of AWS Cost Explorer are called.
const (
	costExplorerDate = "costexplorerdate"
	costExplorerName = "costexplorername"
	costExplorerCost = "costexplorercost"
)

// unfolded reads a table with a row for each day and a column for each service, as
// AWS Cost Explorer writes it, as a row for each cost.
type unfolded struct {
	*table
	names [][]byte // of the columns; nil for those that are no service
	row   record
	at    int
}

// dollars is how Cost Explorer ends the name of a column of costs.
const dollars = "($)"

// unfold returns the source of a table of Cost Explorer, nil for another table.
func unfold(t *table, columns []string) *unfolded {
	other := func(c string) bool { return !strings.HasSuffix(c, dollars) }
	if len(columns) < 2 || !other(columns[0]) || slices.ContainsFunc(columns[1:], other) {
		return nil
	}
	u := &unfolded{table: t, names: make([][]byte, len(columns))}
	for i, c := range columns[1:] {
		name := strings.TrimSuffix(c, dollars)
		if !strings.EqualFold(strings.TrimSpace(name), "total costs") {
			u.names[i+1] = []byte(strings.TrimSpace(name))
		}
	}
	return u
}

// next returns the next cost; the row of the columns' sums has no date.
func (u *unfolded) next() (record, error) {
	for {
		for u.at++; u.at < len(u.row.cells); u.at++ {
			if name := u.names[u.at]; name != nil && len(u.row.cells[u.at]) > 0 {
				rec := u.row
				rec.cells = [][]byte{u.row.cells[0], name, u.row.cells[u.at]}
				return rec, nil
			}
		}
		var err error
		if u.row, err = u.table.next(); err != nil {
			return u.row, err
		}
		if u.at = 0; strings.HasSuffix(strings.ToLower(string(u.row.cells[0])), " total") {
			u.at = len(u.row.cells)
		}
	}
}

// openUnfolded reads a table of Cost Explorer.
func openUnfolded(u *unfolded, opts Options) (*Reader, error) {
	columns := []string{costExplorerDate, costExplorerName, costExplorerCost}
	_, l, err := chooseTable(columns, nil, opts)
	if err != nil {
		return nil, err
	}
	return newReader(u, "csv", l, columns, opts), nil
}
