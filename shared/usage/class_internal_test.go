package usage

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNothingPersonalBecomesATag(t *testing.T) {
	for text, want := range map[string]bool{
		"eve@example.com": true, "Eve Smith <eve.smith@mail.example.co>": true, "123456789012": true,
		"checkout": false, "triage@v1.2": false, "@team": false, "a@b": false, "2025": false, "1234567890123": false, "ns/app": false,
	} {
		assert.Equal(t, want, isPersonal([]byte(text)), text)
	}
}

func TestOnlyTheRoleOfAnARNIsAClass(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:sts::123456789012:assumed-role/reader/eve@example.com": "reader",
		"arn:aws-cn:sts::123456789012:assumed-role/reader/i-0abc":       "reader",
		"arn:aws:iam::123456789012:role/service-role/apps/reader":       "reader",
		"arn:aws:iam::123456789012:user/eve":                            "",
		"arn:aws:sts::123456789012:federated-user/eve":                  "",
		"arn:aws:iam::123456789012:root":                                "",
		"":                                                              "",
	} {
		assert.Equal(t, want, string(roleOf([]byte(arn))), arn)
	}
}
