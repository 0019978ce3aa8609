package routing

// Best decides between rules by tag and a learned router (nil for none): the one
// that moves more of a log's calls (traffic, nil without a log) keeps the target.
// Each is held to half of the doubt, so that the one that is picked keeps the target
// at its confidence although there were two to pick from.
func Best(labels *Labels, router *Router, traffic Traffic, target Target, seed uint64) (Decision, error) {
	if router != nil {
		target.among = 2
	}
	known := labels
	if traffic != nil {
		known = labels.In(traffic.Calls())
	}
	best, err := DecideByTag(known, target, seed)
	if err != nil || router == nil {
		return best, err
	}
	learned, err := router.Decide(traffic, target)
	if err != nil {
		return Decision{}, err
	}
	if !best.Proposed || learned.Proposed && learned.moves() > best.moves() {
		best = learned
	}
	return best, nil
}

// moves is the share of a log's calls to the strong model that go to the weak one;
// without a log that of the labels.
func (d Decision) moves() float64 {
	if d.LogShare > 0 {
		return d.CallShare * d.LogShare
	}
	return d.WeakShare
}
