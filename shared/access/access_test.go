package access_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/access"
)

func verified(email string) access.Person {
	return access.Person{UID: "u", Email: email, Verified: true}
}

func TestOnlyVerifiedAddressesOfTheListComeIn(t *testing.T) {
	list, err := access.Parse([]string{"Example.com", "me@other.org", access.Operators}, "ops@example.com")
	require.NoError(t, err)
	for _, c := range []struct {
		name   string
		person access.Person
		admits bool
	}{
		{"address of a domain", verified("ann@example.com"), true},
		{"whatever its letters", verified("Ann@EXAMPLE.com"), true},
		{"listed address", verified("me@other.org"), true},
		{"made by an administrator", verified("smoke-1@netra.invalid"), true},
		{"another address of its domain", verified("you@other.org"), false},
		{"domain below", verified("ann@mail.example.com"), false},
		{"domain that ends alike", verified("ann@notexample.com"), false},
		{"domain inside", verified("ann@example.com.evil.net"), false},
		{"domain in the name", verified(`"ann@example.com"@evil.net`), false},
		{"address as a domain", verified("x@me@other.org"), false},
		{"not verified", access.Person{UID: "u", Email: "ann@example.com"}, false},
		{"no address", access.Person{UID: "u", Verified: true}, false},
		{"nothing before the domain's name", verified("example.com.evil"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var refusal *access.Refusal
			err := list.Admit(c.person)
			if c.admits {
				assert.NoError(t, err)
				return
			}
			require.ErrorAs(t, err, &refusal)
			assert.NotEmpty(t, refusal.Detail)
		})
	}
}

func TestARefusalSaysWhomToAsk(t *testing.T) {
	list, err := access.Parse([]string{"example.com"}, "ops@example.com")
	require.NoError(t, err)
	assert.ErrorContains(t, list.Admit(verified("eve@evil.net")), "eve@evil.net is none of them. Ask ops@example.com to let you in")
	list, err = access.Parse([]string{"example.com"}, "")
	require.NoError(t, err)
	assert.ErrorContains(t, list.Admit(verified("eve@evil.net")), "Ask who runs it")
	assert.NotContains(t, list.Admit(verified("eve@evil.net")).Error(), "example.com", "the list itself is not told")
}

func TestAnyoneAndNoListAreEverybody(t *testing.T) {
	for _, entries := range [][]string{{"anyone"}, nil} {
		list, err := access.Parse(entries, "")
		require.NoError(t, err)
		assert.NoError(t, list.Admit(access.Person{UID: "u"}))
	}
}

func TestEntriesThatAreNeitherDomainNorAddressAreNamed(t *testing.T) {
	for _, entry := range []string{"", "example", "@example.com", "me@", "a@b@example.com", "exa mple.com", "*.example.com", "anyone"} {
		_, err := access.Parse([]string{"ok.org", entry}, "")
		assert.ErrorContains(t, err, "is no domain", entry)
	}
}
