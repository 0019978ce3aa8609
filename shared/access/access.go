// Package access says whose sign-in a deployment accepts: everybody's, or that
// of listed e-mail addresses and domains.
package access

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Anyone is the entry that lets everybody in; it stands alone.
const Anyone = "anyone"

// Operators is the domain of accounts that only an administrator of the project
// can have made: nobody gets mail under .invalid (RFC 2606), so no sign-up ever
// verifies such an address. The smoke test's users are of this domain.
const Operators = "netra.invalid"

// Person is what a checked ID token says of who signed in.
type Person struct {
	UID, Email string
	// Verified is whether the address was proved to be the person's own.
	Verified bool
}

// List is who may come in. Its zero value is everybody.
type List struct {
	// entries are domains and addresses in lower case; none is everybody.
	entries []string
	// contact is whom to ask to be let in, or "".
	contact string
}

// Refusal is the error of somebody who may not come in.
type Refusal struct {
	// Detail says to the person what is wrong and what to do.
	Detail string
}

func (r *Refusal) Error() string { return "refused: " + r.Detail }

var (
	domain  = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$`)
	mailbox = regexp.MustCompile(`^[^@\s,]+$`)
)

// Parse reads a list of domains ("example.com"), addresses ("me@other.org") or
// the one word "anyone". A domain does not include those below it. contact is
// whom to ask to be let in, or "". Its error names every entry that is neither.
func Parse(entries []string, contact string) (List, error) {
	var errs []error
	l := List{contact: contact}
	for _, e := range entries {
		e = strings.ToLower(strings.TrimSpace(e))
		if e == Anyone && len(entries) == 1 {
			return List{}, nil
		}
		name, host, isAddress := strings.Cut(e, "@")
		if !isAddress {
			host = e
		}
		if !domain.MatchString(host) || isAddress && !mailbox.MatchString(name) {
			errs = append(errs, fmt.Errorf("%q is no domain (example.com) and no e-mail address (me@example.com); %q stands alone", e, Anyone))
		}
		l.entries = append(l.entries, e)
	}
	return l, errors.Join(errs...)
}

// Admit returns a *Refusal for who is not on the list.
func (l List) Admit(p Person) error {
	if len(l.entries) == 0 {
		return nil
	}
	email := strings.ToLower(p.Email)
	if email == "" || !p.Verified {
		return &Refusal{"Sign in with a link by e-mail or with Google: here it must be known that the e-mail address is yours."}
	}
	host := email[strings.LastIndex(email, "@")+1:]
	if slices.Contains(l.entries, email) || slices.Contains(l.entries, host) {
		return nil
	}
	who := "who runs it"
	if l.contact != "" {
		who = l.contact
	}
	return &Refusal{fmt.Sprintf("This Netra is for invited addresses, and %s is none of them. Ask %s to let you in, or sign in with another address.", p.Email, who)}
}
