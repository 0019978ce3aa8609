package pricing

import (
	"regexp"
	"slices"
	"strings"
)

// regional stands for a Bedrock profile of any geography in the book, whose price is
// the same in each.
const regional = "regional."

// NoGeography stands for the geography of a Bedrock profile that a log does not show.
const NoGeography = "GEOGRAPHY."

// Profile names a model of the book as it can be called. A Bedrock inference profile is
// of the geography (us, eu, apac, ...) of the model that it replaces, or else of the
// one that all other models and regions (eu-central-1) in use are of; NoGeography
// stands for one that neither tells. Other models are called as the book has them.
// https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
func Profile(model, replaced string, inUse []string) string {
	name, ok := strings.CutPrefix(model, regional)
	if !ok {
		return model
	}
	var found []string
	for _, m := range inUse {
		if at := geography(m); at != "" && !slices.Contains(found, at) {
			found = append(found, at)
		}
	}
	at := geography(replaced)
	if at == "" && len(found) == 1 {
		at = found[0]
	}
	if at == "" {
		return NoGeography + name
	}
	return at + "." + name
}

// ofRegion tells the regions that have one geography. Those of Asia, Australia and
// Canada have profiles of two.
var ofRegion = regexp.MustCompile(`^(us-gov|us|eu)-(?:north|south|east|west|central)`)

// geography is that of a profile or region, "" for any other name and for global ones.
func geography(name string) string {
	at, _, _ := strings.Cut(name[strings.LastIndexByte(name, '/')+1:], ".")
	if m := ofRegion.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	if slices.Contains([]string{"us", "eu", "apac", "jp", "au", "ca", "us-gov"}, at) {
		return at
	}
	return ""
}
