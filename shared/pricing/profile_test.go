package pricing_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"netra/shared/pricing"
)

func TestABedrockProfileIsOfTheGeographyInUse(t *testing.T) {
	for _, c := range []struct {
		model, replaced string
		inUse           []string
		want            string
	}{
		{"regional.x", "aws/eu.y", []string{"us-east-1"}, "eu.x"},
		{"regional.x", "anthropic.y", []string{"anthropic.y", "eu-central-1", "eu-west-3"}, "eu.x"},
		{"regional.x", "anthropic.y", []string{"us-gov-west-1"}, "us-gov.x"},
		{"regional.x", "anthropic.y", []string{"us-east-1", "aws/global.y"}, "us.x"},
		{"regional.x", "anthropic.y", []string{"ap-northeast-1"}, "GEOGRAPHY.x"},
		{"regional.x", "anthropic.y", []string{"us-east-1", "eu-central-1"}, "GEOGRAPHY.x"},
		{"global.x", "eu.y", nil, "global.x"},
		{"anthropic.x", "eu.y", nil, "anthropic.x"},
	} {
		assert.Equal(t, c.want, pricing.Profile(c.model, c.replaced, c.inUse), c)
	}
}
