package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"netra/shared/pipeline"
)

// Config is what the console tells the page. It holds no secret: a Firebase API
// key names the project and grants nothing.
type Config struct {
	// Project is the Google Cloud and Firebase project id.
	Project string
	// APIURL is the origin of the api, for example https://api.example.com.
	APIURL string
	// FirebaseAPIKey and FirebaseAuthDomain are the web app's settings; both may
	// be empty when AuthEmulator is set.
	FirebaseAPIKey     string
	FirebaseAuthDomain string
	// FirebaseGoogle is whether the project has an OAuth client for "Continue with
	// Google"; without one there are links by e-mail.
	FirebaseGoogle bool
	// FirestoreEmulator and AuthEmulator are loopback host:port of the local
	// cloud, or "" for Google's services.
	FirestoreEmulator string
	AuthEmulator      string
	// UploadOrigins are the origins that take the parts of a log, for example
	// https://storage.googleapis.com; the api's own origin is always allowed.
	UploadOrigins []string
}

// Validate tells every setting that cannot be used, in one error.
func (c Config) Validate() error {
	var errs []error
	if c.Project == "" {
		errs = append(errs, errors.New("console: the project id is empty"))
	}
	if err := validOrigin(c.APIURL); err != nil {
		errs = append(errs, fmt.Errorf("console: api url: %w", err))
	}
	for _, o := range c.UploadOrigins {
		if err := validOrigin(o); err != nil {
			errs = append(errs, fmt.Errorf("console: upload origin: %w", err))
		}
	}
	for name, host := range map[string]string{"firestore": c.FirestoreEmulator, "auth": c.AuthEmulator} {
		if host != "" && !loopback(host) {
			errs = append(errs, fmt.Errorf("console: %s emulator %q is not a loopback host:port", name, host))
		}
	}
	if c.AuthEmulator == "" && (c.FirebaseAPIKey == "" || c.FirebaseAuthDomain == "") {
		errs = append(errs, errors.New("console: firebase api key and auth domain are needed to sign in"))
	}
	if strings.ContainsAny(c.FirebaseAuthDomain, " ;,'\"/") {
		errs = append(errs, fmt.Errorf("console: auth domain %q is not a host name", c.FirebaseAuthDomain))
	}
	return errors.Join(errs...)
}

// validOrigin accepts scheme://host[:port] only: the value ends up in the
// content security policy, where a space or semicolon would open a hole.
func validOrigin(s string) error {
	u, err := url.Parse(s)
	if err != nil {
		return err
	}
	clean := url.URL{Scheme: u.Scheme, Host: u.Host}
	if (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || clean.String() != strings.TrimSuffix(s, "/") ||
		strings.ContainsAny(u.Host, " ;,'\"*") {
		return fmt.Errorf("%q is not an origin such as https://api.example.com", s)
	}
	return nil
}

func loopback(hostPort string) bool {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil || port == "" {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// page is /config.json as web/src/cloud/config.ts reads it.
type page struct {
	Project   string    `json:"project"`
	API       string    `json:"api"`
	Firebase  firebase  `json:"firebase"`
	Emulators emulators `json:"emulators"`
	Stages    []stage   `json:"stages"`
}

type firebase struct {
	APIKey     string `json:"api_key"`
	AuthDomain string `json:"auth_domain"`
	Google     bool   `json:"google"`
}

type emulators struct {
	Firestore string `json:"firestore"`
	Auth      string `json:"auth"`
}

type stage struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Purpose string `json:"purpose"`
}

func (c Config) settings(table pipeline.Table) ([]byte, error) {
	if len(table.Stages) == 0 {
		return nil, errors.New("console: the table has no stages")
	}
	p := page{
		Project:   c.Project,
		API:       strings.TrimSuffix(c.APIURL, "/"),
		Firebase:  firebase{APIKey: c.FirebaseAPIKey, AuthDomain: c.FirebaseAuthDomain, Google: c.FirebaseGoogle},
		Emulators: emulators{Firestore: c.FirestoreEmulator, Auth: c.AuthEmulator},
	}
	for _, f := range table.Stages {
		p.Stages = append(p.Stages, stage{Name: f.Name, Title: f.Title, Purpose: f.Purpose})
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("console: encode the settings: %w", err)
	}
	return raw, nil
}

// headers are set on every answer. The policy lets the page load its own files
// and talk to the api, the bucket and Firebase, and nothing else; Google's
// sign-in window needs one script and one frame.
func (c Config) headers() http.Header {
	connect := append([]string{"'self'", strings.TrimSuffix(c.APIURL, "/")}, c.UploadOrigins...)
	script, frame := []string{"'self'"}, []string{"'none'"}
	if c.FirestoreEmulator != "" {
		connect = append(connect, "http://"+c.FirestoreEmulator)
	} else {
		connect = append(connect, "https://firestore.googleapis.com")
	}
	if c.AuthEmulator != "" {
		connect = append(connect, "http://"+c.AuthEmulator)
	} else {
		connect = append(connect, "https://identitytoolkit.googleapis.com", "https://securetoken.googleapis.com")
		script = append(script, "https://apis.google.com")
		frame = []string{"https://" + c.FirebaseAuthDomain}
	}
	policy := []string{
		"default-src 'none'", "script-src " + strings.Join(script, " "), "style-src 'self'",
		"img-src 'self' data:", "connect-src " + strings.Join(connect, " "), "frame-src " + strings.Join(frame, " "),
		"manifest-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
	}
	h := http.Header{}
	h.Set("Content-Security-Policy", strings.Join(policy, "; "))
	h.Set("X-Content-Type-Options", "nosniff")
	// Firebase accepts the browser key from this origin only, so it must be told.
	h.Set("Referrer-Policy", "strict-origin")
	// The sign-in window reports back to the page that opened it.
	h.Set("Cross-Origin-Opener-Policy", "same-origin-allow-popups")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
	if c.AuthEmulator == "" {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	return h
}
