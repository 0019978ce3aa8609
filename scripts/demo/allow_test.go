package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/scripts/internal/standin"
)

func TestWhoDeploysMaySignInAndOthersOnlyIfNamed(t *testing.T) {
	cases := []struct {
		name, account        string
		args                 []string
		allow, contact, says string
	}{
		{"nobody named", "owner@example.com", nil, `["owner@example.com"]`, "owner@example.com", "may sign in to the console: owner@example.com (change it: "},
		{"a domain and an address", "owner@example.com", []string{"-allow=example.com,me@other.org"}, `["example.com","me@other.org"]`, "owner@example.com", "may sign in to the console: example.com, me@other.org"},
		{"anyone", "owner@example.com", []string{"-allow=anyone"}, `["anyone"]`, "owner@example.com", "everybody with an e-mail address may sign in"},
		{"operators to ask", "owner@example.com", []string{"-alert-email=ops@example.com"}, `["owner@example.com"]`, "ops@example.com", ""},
		{"a robot for a person", "ci@demo-netra.iam.gserviceaccount.com", []string{"-allow=me@example.com", "-alert-email=ops@example.com"}, `["me@example.com"]`, "ops@example.com", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, func(cloud *standin.Cloud) { cloud.Account = c.account })
			out, code := s.run(t, t.Context(), "", append([]string{"-yes"}, c.args...)...)
			require.Zero(t, code, out)
			assert.Contains(t, out, c.says)
			cloud := s.place.Cloud(t)
			assert.Equal(t, 2, cloud.Count("-var=allow="+c.allow+" "), "plan and apply")
			assert.Equal(t, 2, cloud.Count("-var=access_contact="+c.contact), "plan and apply")
		})
	}
}

func TestDryRunSaysWhoMaySignIn(t *testing.T) {
	s := newStage(t, nil)
	out, code := s.run(t, t.Context(), "", "-dry-run")
	require.Zero(t, code, out)
	assert.Contains(t, out, "may sign in to the console: you@example.com (change it: ")
	assert.Contains(t, out, `-var=allow=["you@example.com"]`)
}

func TestARobotMayRemoveWhatItDeployed(t *testing.T) {
	s := newStage(t, func(cloud *standin.Cloud) { cloud.Account = "ci@demo-netra.iam.gserviceaccount.com" })
	_, code := s.run(t, t.Context(), "", "-yes", "-allow=anyone")
	require.Zero(t, code)
	out, code := s.run(t, t.Context(), "", "-yes", "-destroy")
	require.Zero(t, code, out)
	assert.Empty(t, s.place.Cloud(t).Services)
}
