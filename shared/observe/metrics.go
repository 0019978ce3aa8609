package observe

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// WriteMetrics writes counters in the Prometheus text format, version 0.0.4.
// The keys are sample names with their labels, such as
// netra_runs_ended_total{plan="free",status="completed"}; samples named
// X_bucket, X_sum and X_count are the histogram X, samples named X_total are
// counters, and all others are gauges.
func WriteMetrics(w io.Writer, samples map[string]float64) error {
	families := map[string][]string{}
	for key := range samples {
		f := family(key)
		families[f] = append(families[f], key)
	}
	out := bufio.NewWriter(w)
	for _, f := range slices.Sorted(maps.Keys(families)) {
		keys := families[f]
		slices.SortFunc(keys, byBucket)
		fmt.Fprintf(out, "# TYPE %s %s\n", f, kindOf(f, keys))
		for _, key := range keys {
			fmt.Fprintf(out, "%s %s\n", key, strconv.FormatFloat(samples[key], 'g', -1, 64))
		}
	}
	return out.Flush()
}

func name(key string) string {
	n, _, _ := strings.Cut(key, "{")
	return n
}

func family(key string) string {
	n := name(key)
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if base, ok := strings.CutSuffix(n, suffix); ok && strings.HasSuffix(base, "_seconds") {
			return base
		}
	}
	return n
}

func kindOf(family string, keys []string) string {
	switch {
	case name(keys[0]) != family:
		return "histogram"
	case strings.HasSuffix(family, "_total"):
		return "counter"
	}
	return "gauge"
}

// byBucket sorts samples by name and labels, and buckets by their bound.
func byBucket(a, b string) int {
	ha, la := bound(a)
	hb, lb := bound(b)
	if ha != hb {
		return strings.Compare(ha, hb)
	}
	if la < lb {
		return -1
	}
	if la > lb {
		return 1
	}
	return 0
}

func bound(key string) (head string, le float64) {
	i := strings.Index(key, `le="`)
	if i < 0 {
		return key, 0
	}
	le, err := strconv.ParseFloat(strings.TrimSuffix(key[i+4:], `"}`), 64)
	if err != nil {
		return key, 0
	}
	return key[:i], le
}
