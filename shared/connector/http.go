package connector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"
)

// Bounds on one request.
const (
	requestTimeout = time.Minute
	maxAnswer      = 64 << 20
	maxAttempts    = 6
	maxWait        = 2 * time.Minute
)

// Settings make a Client.
type Settings struct {
	// Private lets the Client reach loopback and private addresses: for tests
	// and for a Netra that runs inside the user's own network. In a shared
	// deployment it must stay false, or a user could reach the deployment's own.
	Private bool
	// Sleep waits between attempts; nil is the clock.
	Sleep func(context.Context, time.Duration) error
}

// New makes a Client. It follows no redirects: they would carry the credential elsewhere.
func New(s Settings) *Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	if !s.Private {
		dialer.Control = publicOnly
	}
	if s.Sleep == nil {
		s.Sleep = sleep
	}
	transport := &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 10 * time.Second, IdleConnTimeout: time.Minute}
	return &Client{sleep: s.Sleep, http: &http.Client{
		Transport: transport, Timeout: requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

var errPrivate = setup("the address is not a public one; Netra does not fetch from private networks")

// publicOnly refuses addresses inside the deployment. It sees the address after
// name resolution, so a name that resolves to a private address is refused too.
func publicOnly(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", errPrivate, err)
	}
	ip := ap.Addr().Unmap()
	special := slices.ContainsFunc(notPublic(), func(p netip.Prefix) bool { return p.Contains(ip) })
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || special {
		return errPrivate
	}
	return nil
}

// notPublic are the networks that package net/netip takes for public ones: shared
// address space, protocol assignments, benchmarks and reserved addresses, and those
// of IPv6 that lead to any address of IPv4, private ones too (NAT64, 6to4).
// https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry
func notPublic() []netip.Prefix {
	var all []netip.Prefix
	for _, p := range []string{"100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16"} {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// answer is what a source said, and how long it wants not to be asked again.
type answer struct {
	body  []byte
	pause time.Duration
}

// statusError is an answer that is neither a page nor one to wait out.
type statusError struct {
	code int
	text string
}

func (e *statusError) Error() string { return "the source answered " + e.text }

// do sends a request until it is answered: it waits as the source says when
// rate limited, and a growing time on faults of the source.
func (c *Client) do(ctx context.Context, make func() (*http.Request, error)) (answer, error) {
	var last error
	for attempt := range maxAttempts {
		req, err := make()
		if err != nil {
			return answer{}, err
		}
		got, again, err := c.once(req)
		if err == nil || !again || ctx.Err() != nil {
			return got, err
		}
		last = err
		if attempt == maxAttempts-1 {
			break
		}
		if err := c.sleep(ctx, max(got.pause, backoff(attempt))); err != nil {
			return answer{}, err
		}
	}
	return answer{}, fmt.Errorf("gave up after %d attempts: %w", maxAttempts, last)
}

// backoff is half to all of 1, 2, 4, ... seconds.
func backoff(attempt int) time.Duration {
	full := time.Second << attempt
	return full/2 + rand.N(full/2)
}

// once sends one request. again says that it is of use to try once more.
func (c *Client) once(req *http.Request) (got answer, again bool, err error) {
	resp, err := c.http.Do(req)
	if err != nil {
		if errors.Is(err, errPrivate) {
			return answer{}, false, errPrivate
		}
		return answer{}, true, withoutURL(err)
	}
	defer resp.Body.Close()
	got.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	got.pause = pause(resp.StatusCode, resp.Header, time.Now())
	status := &statusError{resp.StatusCode, resp.Status}
	switch code := resp.StatusCode; {
	case err != nil:
		return answer{}, true, withoutURL(err)
	case len(got.body) > maxAnswer:
		return answer{}, false, fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	case code == http.StatusOK:
		return got, false, nil
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return answer{}, false, ErrRefused
	case code == http.StatusTooManyRequests || code >= 500 && code != http.StatusNotImplemented:
		return got, true, status
	}
	return answer{}, false, status
}

// withoutURL leaves the address out of an error: some sources take keys in it.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// get makes a GET request with a query.
func get(ctx context.Context, base *url.URL, path string, query url.Values, header http.Header) (*http.Request, error) {
	u := base.JoinPath(path)
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", withoutURL(err))
	}
	req.Header = header
	return req, nil
}

func bearer(key string) http.Header { return http.Header{"Authorization": {"Bearer " + key}} }
