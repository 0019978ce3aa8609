package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"netra/scripts/internal/tool"
)

// settings is the part of the console's /config.json that a client needs.
type settings struct {
	Project  string `json:"project"`
	API      string `json:"api"`
	Firebase struct {
		APIKey string `json:"api_key"`
	} `json:"firebase"`
	Emulators struct {
		Firestore string `json:"firestore"`
		Auth      string `json:"auth"`
	} `json:"emulators"`
}

// session is one throw-away user's visit.
type session struct {
	console string
	out     io.Writer
	keep    string // folder for the run's files and events, or ""
	public  bool   // sign up as anybody could
	tools   tool.Tools
	toolkit string // address of Identity Platform
	settings

	operator   http.Header // of an administrator's calls
	uid, token string
	datasets   []string
	thread     string
}

func (s *session) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

func (s *session) configure(ctx context.Context, api string) error {
	if err := s.call(ctx, http.MethodGet, strings.TrimSuffix(s.console, "/")+"/config.json", nil, &s.settings); err != nil {
		return fmt.Errorf("the console's settings: %w", err)
	}
	if api != "" {
		s.API = api
	}
	s.API = strings.TrimSuffix(s.API, "/")
	if s.API == "" || s.Project == "" {
		return fmt.Errorf("%s/config.json names no api or no project", s.console)
	}
	return nil
}

// leave deletes what the session made, and the account.
func (s *session) leave(ctx context.Context) error {
	var failed []string
	drop := func(path string) {
		// What hung on something else that was deleted is gone already.
		if err := s.call(ctx, http.MethodDelete, s.API+path, nil, nil); err != nil && !errors.Is(err, errGone) {
			failed = append(failed, err.Error())
		}
	}
	if s.thread != "" {
		drop("/api/threads/" + s.thread)
	}
	for _, id := range s.datasets {
		drop("/api/datasets/" + id)
	}
	if err := s.leaveAccount(ctx); err != nil {
		failed = append(failed, err.Error())
	}
	if len(failed) > 0 {
		return fmt.Errorf("delete what the smoke test made: %s", strings.Join(failed, "; "))
	}
	s.say("deleted what was made")
	return nil
}

// call sends one JSON request and reads a JSON answer into out, unless nil.
func (s *session) call(ctx context.Context, method, url string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	answer, err := s.send(ctx, method, url, "application/json", body)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s %s: the answer is no JSON: %w", method, path(url), err)
	}
	return nil
}

func (s *session) send(ctx context.Context, method, url, kind string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", kind)
	// The browser key works from the console's pages only.
	req.Header.Set("Referer", strings.TrimSuffix(s.console, "/")+"/")
	if s.token != "" && strings.HasPrefix(url, s.API) {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	if strings.HasPrefix(url, s.toolkit+administered) {
		maps.Copy(req.Header, s.operator)
	}
	if method == http.MethodPost {
		req.Header.Set("Idempotency-Key", rand.Text())
	}
	client := http.Client{Timeout: 2 * time.Minute}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("%s %s: %w: %.500s", method, path(url), errGone, answer)
	}
	if res.StatusCode >= 300 {
		return nil, fmt.Errorf("%s %s: %s: %.500s", method, path(url), res.Status, answer)
	}
	return answer, nil
}

// errGone is the answer 404.
var errGone = errors.New("not found")

// path is a URL without its query, which may hold a key or a signature.
func path(url string) string {
	before, _, _ := strings.Cut(url, "?")
	return before
}
