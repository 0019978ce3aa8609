// Package config reads the settings of a function once, at its start. Nothing
// else reads the environment.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"netra/shared/access"
)

// Config is the settings of one function. Each field names its variable.
type Config struct {
	// Function is FUNCTION_TARGET: a name of stages.json.
	Function string
	// Port is PORT, 8080 unless set.
	Port int
	// Project is NETRA_PROJECT: the Google Cloud project.
	Project string
	// Region is NETRA_REGION: the Google Cloud region where secrets that the
	// function creates lie; "" leaves it to Google.
	Region string
	// Bucket is NETRA_BUCKET: gs://name, s3://name or file:///directory.
	Bucket string
	// APIURL is NETRA_API_URL: where clients reach the api.
	APIURL string
	// ConsoleURLs is NETRA_CONSOLE_URL: the origins of web consoles that may call
	// the api, separated by commas.
	ConsoleURLs []string
	// Lease is NETRA_LEASE: how long a claim outlives its last sign of life.
	Lease time.Duration
	// LogLevel is NETRA_LOG_LEVEL: debug, info, warn or error.
	LogLevel string
	// OTLPEndpoint is NETRA_OTLP_ENDPOINT: host:port of an OTLP collector that
	// speaks gRPC, or the URL of one that speaks HTTP; "" exports no traces.
	OTLPEndpoint string
	// Access is NETRA_ALLOW, the e-mail domains and addresses that may sign in or
	// "anyone", and NETRA_ACCESS_CONTACT, whom to ask. In the cloud the api needs it.
	Access access.List

	Push      Push
	Firebase  Firebase
	Model     Model
	Emulators Emulators
}

// Push says which push tokens a function accepts; with no Audience it checks none.
type Push struct {
	// Audience, Account and KeysURL are NETRA_PUSH_AUDIENCE, NETRA_PUSH_ACCOUNT
	// and NETRA_PUSH_KEYS_URL (loopback only; Google's keys if ""). In the cloud
	// every function that is pushed to needs the first two: on AWS Lambda nothing
	// else checks who calls.
	Audience, Account, KeysURL string
}

// Firebase is the console's public Firebase settings: NETRA_FIREBASE_API_KEY,
// NETRA_FIREBASE_AUTH_DOMAIN and NETRA_FIREBASE_GOOGLE, "true" where Google's
// sign-in is set up.
type Firebase struct {
	APIKey, AuthDomain string
	Google             bool
}

// Model names the language model that writes words, if there is one:
// NETRA_MODEL, NETRA_MODEL_ENDPOINT (an OpenAI-compatible URL; Gemini if "")
// and NETRA_MODEL_SECRET (the name of the secret with its key).
type Model struct{ Name, Endpoint, Secret string }

// Emulators are the addresses of the local cloud: FIRESTORE_EMULATOR_HOST,
// PUBSUB_EMULATOR_HOST, FIREBASE_AUTH_EMULATOR_HOST and NETRA_SECRETS_ENDPOINT.
// All are on the loopback interface, and all or none of the first three are set.
type Emulators struct{ Firestore, PubSub, Auth, Secrets string }

// Local reports whether the function runs against the local cloud.
func (e Emulators) Local() bool { return e.Firestore != "" }

// Read takes the settings from lookup, such as os.LookupEnv. Its error tells
// everything that is wrong, not only the first thing.
func Read(lookup func(string) (string, bool)) (Config, error) {
	get := func(name, otherwise string) string {
		if v, ok := lookup(name); ok && v != "" {
			return v
		}
		return otherwise
	}
	var errs []error
	port, err := strconv.Atoi(get("PORT", "8080"))
	if err != nil || port < 1 || port > 65535 {
		errs = append(errs, errors.New("PORT is not a port number"))
	}
	lease, err := time.ParseDuration(get("NETRA_LEASE", "1500ms"))
	if err != nil || lease < 300*time.Millisecond || lease > time.Minute {
		errs = append(errs, errors.New("NETRA_LEASE is not a duration between 300ms and 1m, such as 1500ms"))
	}
	allow := commas(get("NETRA_ALLOW", ""))
	list, err := access.Parse(allow, get("NETRA_ACCESS_CONTACT", ""))
	if err != nil {
		errs = append(errs, fmt.Errorf("NETRA_ALLOW: %w", err))
	}
	c := Config{
		Function: get("FUNCTION_TARGET", ""), Port: port, Project: get("NETRA_PROJECT", ""),
		Region: get("NETRA_REGION", ""), Bucket: get("NETRA_BUCKET", ""), APIURL: get("NETRA_API_URL", ""),
		ConsoleURLs: commas(get("NETRA_CONSOLE_URL", "")), Access: list,
		Lease: lease, LogLevel: get("NETRA_LOG_LEVEL", "info"), OTLPEndpoint: get("NETRA_OTLP_ENDPOINT", ""),
		Push:     Push{get("NETRA_PUSH_AUDIENCE", ""), get("NETRA_PUSH_ACCOUNT", ""), get("NETRA_PUSH_KEYS_URL", "")},
		Firebase: Firebase{get("NETRA_FIREBASE_API_KEY", ""), get("NETRA_FIREBASE_AUTH_DOMAIN", ""), get("NETRA_FIREBASE_GOOGLE", "") == "true"},
		Model:    Model{get("NETRA_MODEL", ""), get("NETRA_MODEL_ENDPOINT", ""), get("NETRA_MODEL_SECRET", "")},
		Emulators: Emulators{get("FIRESTORE_EMULATOR_HOST", ""), get("PUBSUB_EMULATOR_HOST", ""),
			get("FIREBASE_AUTH_EMULATOR_HOST", ""), get("NETRA_SECRETS_ENDPOINT", "")},
	}
	managed := ""
	for platform, mark := range map[string]string{"Cloud Run": "K_SERVICE", "AWS Lambda": "AWS_EXECUTION_ENV"} {
		if _, set := lookup(mark); set {
			managed = platform
		}
	}
	if managed != "" && c.Function == "api" && len(allow) == 0 {
		errs = append(errs, fmt.Errorf("NETRA_ALLOW says nobody: on %s the api needs domains, addresses or %q", managed, access.Anyone))
	}
	errs = append(errs, c.validate(), c.Emulators.validate(managed), c.Push.validate(managed, c.Function))
	return c, errors.Join(errs...)
}

func (c Config) validate() error {
	var errs []error
	if c.Function == "" {
		errs = append(errs, errors.New("FUNCTION_TARGET names no function"))
	}
	if c.Project == "" {
		errs = append(errs, errors.New("NETRA_PROJECT names no Google Cloud project"))
	}
	if u, err := url.Parse(c.Bucket); err != nil || (u.Scheme != "gs" && u.Scheme != "s3" && u.Scheme != "file") {
		errs = append(errs, errors.New("NETRA_BUCKET is not gs://name, s3://name or file:///directory"))
	}
	if !isURL(c.APIURL) && c.APIURL != "" {
		errs = append(errs, errors.New("NETRA_API_URL is not a URL"))
	}
	if !each(c.ConsoleURLs, isURL) {
		errs = append(errs, errors.New("NETRA_CONSOLE_URL is not a list of URLs, separated by commas"))
	}
	switch c.LogLevel {
	case "debug", "info", "warn", "error":
	default:
		errs = append(errs, errors.New("NETRA_LOG_LEVEL is not debug, info, warn or error"))
	}
	return errors.Join(errs...)
}

// commas splits a list at commas and spaces.
func commas(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && u.Host != ""
}

func each(list []string, is func(string) bool) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !is(s) })
}

// validate keeps the emulators' open door shut in the cloud: the auth emulator
// accepts unsigned tokens, so it must be impossible there. managed names the
// cloud's platform, "" for none.
func (e Emulators) validate(managed string) error {
	var errs []error
	set := 0
	for name, addr := range map[string]string{
		"FIRESTORE_EMULATOR_HOST": e.Firestore, "PUBSUB_EMULATOR_HOST": e.PubSub,
		"FIREBASE_AUTH_EMULATOR_HOST": e.Auth, "NETRA_SECRETS_ENDPOINT": e.Secrets,
	} {
		if addr == "" {
			continue
		}
		set++
		if managed != "" {
			errs = append(errs, fmt.Errorf("%s must not be set on %s", name, managed))
		}
		if !loopback(addr) {
			errs = append(errs, fmt.Errorf("%s is not an address of this machine", name))
		}
	}
	if set > 0 && (e.Firestore == "" || e.PubSub == "" || e.Auth == "") {
		errs = append(errs, errors.New("set all of FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST and FIREBASE_AUTH_EMULATOR_HOST, or none"))
	}
	return errors.Join(errs...)
}

func (p Push) validate(managed, function string) error {
	if pushed := function != "api" && function != "console"; managed != "" && pushed && (p.Audience == "" || p.Account == "") {
		return fmt.Errorf("NETRA_PUSH_AUDIENCE and NETRA_PUSH_ACCOUNT are not both set: on %s %s would take anybody's messages", managed, function)
	}
	if p.KeysURL == "" {
		return nil
	}
	u, err := url.Parse(p.KeysURL)
	if err != nil || !loopback(u.Host) || managed != "" {
		return errors.New("NETRA_PUSH_KEYS_URL is for an address of this machine only, and for the local cloud only")
	}
	return nil
}

func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Host is the interface to listen on: the local cloud is for this machine only.
func (c Config) Host() string {
	if c.Emulators.Local() {
		return "127.0.0.1"
	}
	return ""
}
