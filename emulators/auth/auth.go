// Package auth is a stand-in for Firebase Authentication on loopback, with what
// firebase.google.com/go/v4/auth needs to verify a token in emulator mode
// (the account look-up) and what the Firebase JS SDK needs after
// connectAuthEmulator to sign a user in, keep the session and sign up:
// signInWithCustomToken, anonymous, e-mail and password, signInWithCredential.
//
// Anybody may sign in as anybody here. A custom token is either an unsigned
// token or, as with Firebase's own emulator, plain JSON: {"uid":"demo"}.
// Multi-factor, e-mail links, phone numbers and the pop-up page are not there.
package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is a running stand-in for one project.
type Server struct {
	project  string
	http     *http.Server
	listener net.Listener
	now      func() time.Time

	mu       sync.Mutex
	byEmail  map[string]account
	deleted  map[string]bool
	disabled map[string]bool
}

// account is a user who signed up with e-mail and password.
type account struct {
	uid, password string
}

// Start serves on a free loopback port.
func Start(project string) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for sign-ins: %w", err)
	}
	s := &Server{
		project: project, listener: listener, now: time.Now,
		byEmail: map[string]account{}, deleted: map[string]bool{}, disabled: map[string]bool{},
	}
	s.http = &http.Server{Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.http.Serve(listener) }() // ends with Stop
	return s, nil
}

// Host is the address for FIREBASE_AUTH_EMULATOR_HOST.
func (s *Server) Host() string { return s.listener.Addr().String() }

// Stop ends the server.
func (s *Server) Stop() error { return s.http.Close() }

// Disable makes the look-up of a user say that the account is disabled.
func (s *Server) Disable(uid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disabled[uid] = true
}

func (s *Server) routes() http.Handler {
	const toolkit = "/identitytoolkit.googleapis.com/v1/"
	mux := http.NewServeMux()
	mux.Handle("POST "+toolkit+"accounts:signUp", answer(s.signUp))
	mux.Handle("POST "+toolkit+"accounts:signInWithPassword", answer(s.signInWithPassword))
	mux.Handle("POST "+toolkit+"accounts:signInWithCustomToken", answer(s.signInWithCustomToken))
	mux.Handle("POST "+toolkit+"accounts:signInWithIdp", answer(s.signInWithIdp))
	mux.Handle("POST "+toolkit+"accounts:lookup", answer(s.lookup))
	mux.Handle("POST "+toolkit+"accounts:delete", answer(s.delete))
	mux.Handle("POST "+toolkit+"projects/{project}/accounts:lookup", answer(s.lookup))
	mux.Handle("POST "+toolkit+"projects/{project}/accounts:delete", answer(s.remove))
	mux.Handle("POST /securetoken.googleapis.com/v1/token", http.HandlerFunc(s.refresh))
	mux.Handle("GET "+toolkit+"projects", fixed(map[string]any{
		"projectId": s.project, "authorizedDomains": []string{"localhost", "127.0.0.1"},
	}))
	mux.Handle("GET /emulator/v1/projects/{project}/config", fixed(map[string]any{
		"signIn": map[string]bool{"allowDuplicateEmails": false},
	}))
	return crossOrigin(mux)
}

// crossOrigin lets pages of any origin call, as Google's servers do.
func crossOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		if r.Method == http.MethodOptions {
			w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
			w.Header().Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refused is an error that Identity Platform names by a word such as EMAIL_EXISTS.
type refused string

func (r refused) Error() string { return string(r) }

// answer makes a handler of a function from a JSON body to a JSON answer.
func answer[Request any](f func(context.Context, Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request Request
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&request); err != nil {
			write(w, nil, refused("INVALID_JSON"))
			return
		}
		response, err := f(r.Context(), request)
		write(w, response, err)
	})
}

func fixed(body any) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { write(w, body, nil) })
}

func write(w http.ResponseWriter, body any, err error) {
	code := http.StatusOK
	if err != nil {
		code = http.StatusInternalServerError
		if word := refused(""); errors.As(err, &word) {
			code = http.StatusBadRequest
		}
		body = map[string]any{"error": map[string]any{
			"code": code, "message": err.Error(),
			"errors": []any{map[string]string{"message": err.Error(), "reason": "invalid", "domain": "global"}},
		}}
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // the client is gone if this fails
}
