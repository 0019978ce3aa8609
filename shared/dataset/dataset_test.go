package dataset_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/dataset"
	"netra/shared/usage"
)

// slice is a Source of calls in memory.
type slice struct{ calls []usage.Call }

func (s *slice) Read(batch []usage.Call) (int, error) {
	n := copy(batch, s.calls)
	s.calls = s.calls[n:]
	if len(s.calls) == 0 {
		return n, io.EOF
	}
	return n, nil
}

type buffer struct{ bytes.Buffer }

func (*buffer) Close() error { return nil }

// write makes a data set of calls and opens it.
func write(t *testing.T, calls []usage.Call, s dataset.Settings) (*dataset.File, dataset.Summary) {
	t.Helper()
	var out *buffer
	sum, err := dataset.Write(t.Context(),
		func(context.Context) (dataset.Source, error) { return &slice{calls}, nil },
		func(context.Context) (io.WriteCloser, error) { out = new(buffer); return out, nil }, s)
	require.NoError(t, err)
	f, err := dataset.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	require.NoError(t, err)
	return f, sum
}

func randomCalls(n int, seed uint64) []usage.Call {
	r := rand.New(rand.NewPCG(seed, 1))
	calls := make([]usage.Call, n)
	for i := range calls {
		c := &calls[i]
		*c = usage.Call{
			Time: int64(1_700_000_000_000_000 + i*1000 + r.IntN(5000)), Provider: []string{"openai", "anthropic"}[r.IntN(2)],
			Model: []string{"a", "b", "c"}[r.IntN(3)], Tag: []string{"", "x", "y"}[r.IntN(3)],
			Tier: []usage.Tier{usage.Standard, usage.Batch}[r.IntN(2)], Status: usage.Status(r.IntN(4)),
			Tokens:    usage.Tokens{Input: int64(r.IntN(4000)), CacheRead: int64(r.IntN(3)) * 128, Output: int64(r.IntN(500))},
			LatencyMS: -1, TTFTMS: -1, Count: 1, Weight: 1, Line: int64(i + 1), BlockTokens: 512,
		}
		c.HasCache = c.CacheRead > 0 || r.IntN(2) == 0
		if r.IntN(2) == 0 {
			c.LatencyMS = r.Float64() * 1000
		}
		if r.IntN(3) == 0 {
			c.ReportedCost, c.HasCost = r.Float64(), true
		}
		for b := range r.IntN(5) {
			c.Blocks = append(c.Blocks, uint64(b*10+r.IntN(2)+1))
		}
	}
	return calls
}

// rows reads the file back into calls, as far as Columns carry them.
func rows(t *testing.T, f *dataset.File) (calls []usage.Call, cols []dataset.Columns) {
	t.Helper()
	require.NoError(t, f.Scan(t.Context(), func(c *dataset.Columns) error {
		for i := range c.N {
			calls = append(calls, usage.Call{
				Time: c.Time[i], Provider: f.Providers.Name(c.Provider[i]), Model: f.Models.Name(c.Model[i]),
				Tag: f.Tags.Name(c.Tag[i]), Tier: dataset.Tiers()[c.Tier[i]], Status: usage.Status(c.Status[i]),
				Tokens:    usage.Tokens{Input: c.Input[i], CacheRead: c.CacheRead[i], Output: c.Output[i]},
				LatencyMS: c.LatencyMS[i], ReportedCost: c.Cost[i], HasCost: c.Cost[i] == c.Cost[i], HasCache: c.CacheTold[i],
			})
		}
		return nil
	}))
	return calls, cols
}

func TestWhatIsWrittenIsReadBackInOrderOfTime(t *testing.T) {
	for name, s := range map[string]dataset.Settings{
		"in one window":            {},
		"in small windows":         {Window: 64, RowGroup: 100},
		"through an external sort": {Window: 2, RowGroup: 100, Scratch: dataset.Folder(t.TempDir())},
	} {
		t.Run(name, func(t *testing.T) {
			calls := randomCalls(1500, 7)
			f, sum := write(t, calls, s)
			got, _ := rows(t, f)
			require.Len(t, got, len(calls))
			assert.Equal(t, s.Window == 2, sum.Sorted)
			byTime := map[int64][]usage.Call{}
			for _, c := range calls {
				byTime[c.Time] = append(byTime[c.Time], c)
			}
			var last int64
			for _, g := range got {
				require.GreaterOrEqual(t, g.Time, last)
				last = g.Time
				want := byTime[g.Time][0]
				byTime[g.Time] = byTime[g.Time][1:]
				assert.Equal(t, want.Tokens, g.Tokens)
				assert.Equal(t, []string{want.Provider, want.Model, want.Tag}, []string{g.Provider, g.Model, g.Tag})
				assert.Equal(t, []any{want.Tier, want.Status, want.LatencyMS, want.HasCost, want.HasCache}, []any{g.Tier, g.Status, g.LatencyMS, g.HasCost, g.HasCache})
				if want.HasCost {
					assert.Equal(t, want.ReportedCost, g.ReportedCost)
				}
			}
			from, to := f.Span()
			assert.Equal(t, sum.From, from)
			assert.Equal(t, sum.To, to)
			assert.Equal(t, last, to.UnixMicro())
		})
	}
}

// watched counts the files that are open at once.
type watched struct {
	dataset.Folder
	open, most int
}

func (w *watched) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	f, err := w.Folder.Open(ctx, name)
	w.open++
	w.most = max(w.most, w.open)
	return watchedFile{f, w}, err
}

type watchedFile struct {
	io.ReadCloser
	of *watched
}

func (f watchedFile) Close() error {
	f.of.open--
	return f.ReadCloser.Close()
}

func TestALogThatIsNewestFirstIsSortedWithOneFileOpenAtATime(t *testing.T) {
	calls := randomCalls(2000, 5)
	for i := range calls {
		calls[i].Time = int64(len(calls) - i)
	}
	scratch := &watched{Folder: dataset.Folder(t.TempDir())}
	f, sum := write(t, calls, dataset.Settings{Window: 100, Scratch: scratch})
	got, _ := rows(t, f)
	assert.True(t, sum.Sorted)
	require.Len(t, got, len(calls))
	for i := range got {
		require.Equal(t, calls[len(calls)-1-i].Tokens.Input, got[i].Input)
	}
	assert.Equal(t, 1, scratch.most)
	assert.Zero(t, scratch.open)
	assert.NoDirExists(t, string(scratch.Folder))
}

func TestALargeFileIsReadInBatchesThatAreUsedAgain(t *testing.T) {
	calls := randomCalls(3000, 3)
	for i := range calls {
		calls[i].Time = int64(i + 1)
		if i/100%3 == 0 { // some row groups hold only zeros
			calls[i].CacheRead = 0
		}
	}
	f, _ := write(t, calls, dataset.Settings{RowGroup: 100})
	f.Forget()
	for range 2 {
		got, _ := rows(t, f)
		require.Len(t, got, len(calls))
		for i := range got {
			require.Equal(t, calls[i].Tokens, got[i].Tokens, "row %d", i)
		}
	}
}

func TestLinksNameTheLastCallThatSharedPromptSessionAndPrefix(t *testing.T) {
	call := func(at int64, model, session string, prompt uint64, blocks ...uint64) usage.Call {
		return usage.Call{Time: at, Model: model, Session: session, PromptHash: prompt, Blocks: blocks,
			BlockTokens: 100, Tokens: usage.Tokens{Input: int64(len(blocks))*100 - 50}}
	}
	f, _ := write(t, []usage.Call{
		call(1, "m", "s", 9, 1, 2, 3),
		call(2, "m", "", 8, 1, 7),
		call(3, "n", "s", 9, 1, 2, 3), // another model: no shared prompt or prefix
		call(4, "m", "s", 9, 1, 2, 3),
	}, dataset.Settings{})
	require.NoError(t, f.Scan(t.Context(), func(c *dataset.Columns) error {
		assert.Equal(t, []int64{0, 0, 0, 3}, c.PromptBack)
		assert.Equal(t, []int64{0, 0, 2, 1}, c.SessionBack)
		assert.Equal(t, []int32{0, 0, 1, 1, 3}, c.PrefixFrom)
		assert.Equal(t, []int32{1, 2, 3}, c.PrefixBack)
		assert.Equal(t, []int32{100, 100, 250}, c.PrefixTokens, "the last block is shorter")
		return nil
	}))
}

func TestCallsWithoutTimeStayWhereTheyWere(t *testing.T) {
	calls := []usage.Call{{Time: 50, Line: 1}, {Line: 2, Tokens: usage.Tokens{Input: 2}}, {Time: 60, Line: 3}}
	f, sum := write(t, calls, dataset.Settings{})
	got, _ := rows(t, f)
	assert.EqualValues(t, 1, sum.Undated)
	assert.EqualValues(t, 2, got[1].Input)
}

func TestErrorsOfTheLogAndOfTheFileComeBack(t *testing.T) {
	open := func(context.Context) (dataset.Source, error) { return &slice{randomCalls(10, 1)}, nil }
	_, err := dataset.Write(t.Context(), func(context.Context) (dataset.Source, error) { return nil, io.ErrNoProgress }, nil, dataset.Settings{})
	require.ErrorIs(t, err, io.ErrNoProgress)
	_, err = dataset.Write(t.Context(), open, func(context.Context) (io.WriteCloser, error) { return broken{}, nil }, dataset.Settings{})
	require.ErrorIs(t, err, io.ErrClosedPipe)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err = dataset.Write(ctx, open, func(context.Context) (io.WriteCloser, error) { return new(buffer), nil }, dataset.Settings{})
	require.ErrorIs(t, err, context.Canceled)
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
func (broken) Close() error              { return nil }

func TestAFileThatIsNoDataSetIsRefused(t *testing.T) {
	_, err := dataset.Open(bytes.NewReader([]byte("PAR1 no")), 7)
	require.ErrorContains(t, err, "open the data set")

	var other bytes.Buffer // its one column has the name of one of ours, and another type
	require.NoError(t, parquet.Write(&other, []struct {
		Time string `parquet:"time"`
	}{{"noon"}}))
	_, err = dataset.Open(bytes.NewReader(other.Bytes()), int64(other.Len()))
	require.ErrorContains(t, err, `no column "time" of type INT64`)
}

// TestColumnsOfOneValueDoNotLeakIntoOtherRowGroups alternates row groups in which
// everything is the same with groups in which it is not, in memory that is used again.
func TestColumnsOfOneValueDoNotLeakIntoOtherRowGroups(t *testing.T) {
	calls := randomCalls(1000, 3)
	for i := range calls {
		c := &calls[i]
		c.Time = int64(1_700_000_000_000_000 + i)
		if i/100%2 == 0 {
			c.Provider, c.Model, c.Tag, c.Tier, c.Status = "openai", "a", "x", usage.Batch, usage.Failed
			c.Tokens, c.Count, c.Weight, c.HasCache = usage.Tokens{Input: 7, Output: 3}, 2, 4, i/200%2 == 0
			c.LatencyMS, c.ReportedCost, c.HasCost, c.Currency = 5, 0.25, true, "EUR"
		}
	}
	calls[333].Weight, calls[334].Count = 3, 9
	f, _ := write(t, calls, dataset.Settings{RowGroup: 100})
	f.Forget()
	for range 2 {
		row := 0
		require.NoError(t, f.Scan(t.Context(), func(c *dataset.Columns) error {
			require.Equal(t, 100, c.N)
			for i := range c.N {
				want := calls[row]
				got := usage.Call{Provider: f.Providers.Name(c.Provider[i]), Model: f.Models.Name(c.Model[i]), Tag: f.Tags.Name(c.Tag[i]),
					Tier: dataset.Tiers()[c.Tier[i]], Status: usage.Status(c.Status[i]), Currency: f.Currencies.Name(c.Currency[i]),
					Tokens: usage.Tokens{Input: c.Input[i], CacheRead: c.CacheRead[i], Output: c.Output[i]}, Count: c.Counts[i], Weight: c.Weight[i],
					LatencyMS: c.LatencyMS[i], TTFTMS: c.TTFTMS[i], Time: c.Time[i], HasCost: c.Cost[i] == c.Cost[i], HasCache: c.CacheTold[i]}
				if got.HasCost {
					got.ReportedCost = c.Cost[i]
				}
				want.Line, want.Blocks, want.BlockTokens = 0, nil, 0
				require.Equal(t, want, got, "row %d", row)
				row++
			}
			return nil
		}))
		require.Equal(t, len(calls), row)
	}
}

func TestGradesAreReadBesideAScanInOrderOfTime(t *testing.T) {
	calls := randomCalls(5000, 9)
	want := map[int64]uint8{}
	for i := range calls {
		calls[i].Time, calls[i].Grade = int64(1_700_000_000_000_000-i*1000), uint8(i%101)
		want[int64(len(calls)-1-i)] = calls[i].Grade
	}
	for _, window := range []int{0, 100} { // held in memory, and sorted through files
		f, _ := write(t, calls, dataset.Settings{RowGroup: 700, Window: window})
		grades := f.Grades()
		for row := int64(3); row < f.Rows(); row += 7 {
			got, err := grades.At(row)
			require.NoError(t, err)
			require.Equal(t, want[row], got, "row %d", row)
		}
		assert.True(t, f.Carries("route_grade"))
		_, err := grades.At(f.Rows())
		assert.Error(t, err)
	}
	f, _ := write(t, randomCalls(10, 1), dataset.Settings{})
	assert.False(t, f.Carries("route_grade"), "a log without labels has none")
	got, err := f.Grades().At(4)
	require.NoError(t, err)
	assert.Zero(t, got)
}
