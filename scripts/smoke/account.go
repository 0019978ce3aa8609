package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"netra/shared/access"
)

// administered is the path of what only a project's administrators may call.
const administered = "/v1/projects/"

// throwaway is an account that nobody else knows the password of.
type throwaway struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	// Verified needs an administrator; nobody gets mail at the address.
	Verified bool `json:"emailVerified,omitempty"`
	Secure   bool `json:"returnSecureToken,omitempty"`
}

// signIn makes an account and signs in with it. On a deployment gcloud's account
// makes it, so that it works where sign-up is closed or for invited addresses
// only; on a local cloud, and with -public, it signs up as anybody could.
func (s *session) signIn(ctx context.Context) error {
	c := throwaway{
		Email:    fmt.Sprintf("smoke-%s@%s", strings.ToLower(rand.Text()[:10]), access.Operators),
		Password: rand.Text(), Secure: true,
	}
	method := "signUp"
	if s.Emulators.Auth == "" && !s.public {
		if err := s.create(ctx, c); err != nil {
			return fmt.Errorf("make an account as gcloud's account (gcloud auth login; it needs roles/firebaseauth.admin): %w", err)
		}
		method = "signInWithPassword"
	}
	var answer struct {
		UID   string `json:"localId"`
		Token string `json:"idToken"`
	}
	if err := s.call(ctx, http.MethodPost, s.accounts(method), c, &answer); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	if answer.UID == "" || answer.Token == "" {
		return errors.New("the answer to " + method + " has no account")
	}
	s.uid, s.token = answer.UID, answer.Token
	s.say("signed in as %s", s.uid)
	return nil
}

// create makes the account through the administrator's interface:
// https://cloud.google.com/identity-platform/docs/reference/rest/v1/projects/accounts
func (s *session) create(ctx context.Context, c throwaway) error {
	c.Verified, c.Secure = true, false
	who, err := s.tools.Output(ctx, "gcloud", "auth", "list", "--filter=status:ACTIVE", "--format=value(account)")
	if err != nil {
		return err
	}
	token, err := s.tools.Output(ctx, "gcloud", "auth", "print-access-token")
	if err != nil {
		return err
	}
	s.operator = http.Header{"Authorization": {"Bearer " + token}}
	if !strings.HasSuffix(who, ".gserviceaccount.com") {
		// A person's call is counted to the project that this names; a service
		// account's to its own.
		s.operator.Set("X-Goog-User-Project", s.Project)
	}
	return s.call(ctx, http.MethodPost, s.toolkit+administered+s.Project+"/accounts", c, nil)
}

// leaveAccount deletes the account; that of a local cloud goes with it.
func (s *session) leaveAccount(ctx context.Context) error {
	if s.Emulators.Auth != "" {
		return nil
	}
	return s.call(ctx, http.MethodPost, s.accounts("delete"), map[string]any{"idToken": s.token}, nil)
}

// accounts is the address of one method of Firebase Authentication.
func (s *session) accounts(method string) string {
	const path = "/v1/accounts:"
	if s.Emulators.Auth != "" {
		return "http://" + s.Emulators.Auth + "/identitytoolkit.googleapis.com" + path + method + "?key=local"
	}
	return s.toolkit + path + method + "?key=" + s.Firebase.APIKey
}
