package auth

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// session is the answer to every sign-in:
// https://cloud.google.com/identity-platform/docs/reference/rest/v1/accounts
type session struct {
	Kind         string `json:"kind"`
	LocalID      string `json:"localId"`
	Email        string `json:"email,omitempty"`
	DisplayName  string `json:"displayName,omitempty"`
	ProviderID   string `json:"providerId,omitempty"`
	FederatedID  string `json:"federatedId,omitempty"`
	IDToken      string `json:"idToken"`
	RefreshToken string `json:"refreshToken"`
	ExpiresIn    string `json:"expiresIn"`
	IsNewUser    bool   `json:"isNewUser"`
	Registered   bool   `json:"registered,omitempty"`
}

func (s *Server) begin(who Identity, isNew bool) (any, error) {
	s.mu.Lock()
	disabled := s.disabled[who.UID]
	if !disabled {
		delete(s.deleted, who.UID)
	}
	s.mu.Unlock()
	if disabled {
		return nil, refused("USER_DISABLED")
	}
	token, err := Token(s.project, who, s.now())
	if err != nil {
		return nil, refused("INVALID_CUSTOM_TOKEN")
	}
	refresh, err := refreshToken(who)
	if err != nil {
		return nil, err
	}
	return session{
		Kind: "identitytoolkit#VerifyCustomTokenResponse", LocalID: who.UID, Email: who.Email, DisplayName: who.Name,
		IDToken: token, RefreshToken: refresh, ExpiresIn: strconv.Itoa(int(lifetime.Seconds())), IsNewUser: isNew, Registered: !isNew,
	}, nil
}

type credentials struct{ Email, Password string }

// signUp makes an anonymous user, or one with e-mail and password, whose address
// nobody has verified.
func (s *Server) signUp(_ context.Context, c credentials) (any, error) {
	uid := rand.Text()
	if c.Email == "" {
		return s.begin(Identity{UID: uid, Provider: "anonymous"}, true)
	}
	if len(c.Password) < 6 {
		return nil, refused("WEAK_PASSWORD : Password should be at least 6 characters")
	}
	email := strings.ToLower(c.Email)
	s.mu.Lock()
	_, taken := s.byEmail[email]
	if !taken {
		s.byEmail[email] = account{uid, c.Password}
	}
	s.mu.Unlock()
	if taken {
		return nil, refused("EMAIL_EXISTS")
	}
	return s.begin(Identity{UID: uid, Email: email, Unverified: true, Provider: "password"}, true)
}

func (s *Server) signInWithPassword(_ context.Context, c credentials) (any, error) {
	email := strings.ToLower(c.Email)
	s.mu.Lock()
	known, ok := s.byEmail[email]
	s.mu.Unlock()
	if !ok || known.password != c.Password {
		return nil, refused("INVALID_LOGIN_CREDENTIALS")
	}
	return s.begin(Identity{UID: known.uid, Email: email, Unverified: true, Provider: "password"}, false)
}

func (s *Server) signInWithCustomToken(_ context.Context, r struct{ Token string }) (any, error) {
	var claims struct{ UID string }
	var err error
	if strings.HasPrefix(strings.TrimSpace(r.Token), "{") {
		err = json.Unmarshal([]byte(r.Token), &claims)
	} else {
		err = claimsOf(r.Token, &claims)
	}
	if err != nil || claims.UID == "" {
		return nil, refused("INVALID_CUSTOM_TOKEN")
	}
	return s.begin(Identity{UID: claims.UID, Provider: "custom"}, false)
}

// signInWithIdp takes an ID token of a provider: a JWT of any signature or, as
// with Firebase's own emulator, plain JSON {"sub":"1","email":"a@example.com"}.
func (s *Server) signInWithIdp(_ context.Context, r struct{ PostBody string }) (any, error) {
	form, err := url.ParseQuery(r.PostBody)
	if err != nil {
		return nil, refused("INVALID_IDP_RESPONSE")
	}
	var claims struct{ Sub, Email, Name string }
	token := form.Get("id_token")
	if strings.HasPrefix(strings.TrimSpace(token), "{") {
		err = json.Unmarshal([]byte(token), &claims)
	} else {
		err = claimsOf(token, &claims)
	}
	if err != nil || claims.Sub == "" {
		return nil, refused("INVALID_IDP_RESPONSE")
	}
	provider := form.Get("providerId")
	started, err := s.begin(Identity{UID: provider + "-" + claims.Sub, Email: claims.Email, Name: claims.Name, Provider: provider}, false)
	if err != nil {
		return nil, err
	}
	complete := started.(session)
	complete.ProviderID, complete.FederatedID = provider, "https://"+provider+"/"+claims.Sub
	return complete, nil
}

type lookupRequest struct {
	IDToken string   `json:"idToken"`
	LocalID []string `json:"localId"`
	Email   []string `json:"email"`
}

// lookup describes the user of an ID token, or users by id or address as the admin
// libraries ask. Every user exists who was not deleted: tokens of the
// development signer name users that never signed in here.
func (s *Server) lookup(_ context.Context, r lookupRequest) (any, error) {
	var known []Identity
	if r.IDToken != "" {
		who, err := identityOf(r.IDToken)
		if err != nil {
			return nil, refused("INVALID_ID_TOKEN")
		}
		known = append(known, who)
	}
	for _, uid := range r.LocalID {
		known = append(known, Identity{UID: uid})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, email := range r.Email {
		if a, ok := s.byEmail[strings.ToLower(email)]; ok {
			known = append(known, Identity{UID: a.uid, Email: email, Provider: "password"})
		}
	}
	users := []any{}
	for _, who := range known {
		if !s.deleted[who.UID] {
			users = append(users, s.describe(who))
		}
	}
	if r.IDToken != "" && len(users) == 0 {
		return nil, refused("USER_NOT_FOUND")
	}
	return map[string]any{"kind": "identitytoolkit#GetAccountInfoResponse", "users": users}, nil
}

func (s *Server) describe(who Identity) map[string]any {
	user := map[string]any{
		"localId": who.UID, "disabled": s.disabled[who.UID], "validSince": "0",
		"createdAt": "0", "lastLoginAt": strconv.FormatInt(s.now().UnixMilli(), 10), "providerUserInfo": []any{},
	}
	if who.Email != "" {
		user["email"], user["emailVerified"] = who.Email, !who.Unverified
		user["providerUserInfo"] = []any{map[string]string{
			"providerId": who.Provider, "rawId": who.UID, "email": who.Email, "displayName": who.Name,
		}}
	}
	if who.Name != "" {
		user["displayName"] = who.Name
	}
	return user
}

func (s *Server) delete(_ context.Context, r struct{ IDToken string }) (any, error) {
	who, err := identityOf(r.IDToken)
	if err != nil {
		return nil, refused("INVALID_ID_TOKEN")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deleted[who.UID] = true
	delete(s.byEmail, strings.ToLower(who.Email))
	return map[string]string{"kind": "identitytoolkit#DeleteAccountResponse"}, nil
}

// remove deletes a user by id, as the admin libraries do.
func (s *Server) remove(_ context.Context, r struct{ LocalID string }) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.deleted[r.LocalID] {
		return nil, refused("USER_NOT_FOUND")
	}
	s.deleted[r.LocalID] = true
	maps.DeleteFunc(s.byEmail, func(_ string, a account) bool { return a.uid == r.LocalID })
	return map[string]string{"kind": "identitytoolkit#DeleteAccountResponse"}, nil
}

// refresh turns a refresh token into a new ID token; the SDK sends a form.
func (s *Server) refresh(w http.ResponseWriter, r *http.Request) {
	who, err := identityOfRefresh(r.FormValue("refresh_token"))
	if err != nil || r.FormValue("grant_type") != "refresh_token" {
		write(w, nil, refused("INVALID_REFRESH_TOKEN"))
		return
	}
	s.mu.Lock()
	gone := s.deleted[who.UID] || s.disabled[who.UID]
	s.mu.Unlock()
	if gone {
		write(w, nil, refused("USER_NOT_FOUND"))
		return
	}
	token, err := Token(s.project, who, s.now())
	write(w, map[string]string{
		"id_token": token, "access_token": token, "refresh_token": r.FormValue("refresh_token"),
		"expires_in": strconv.Itoa(int(lifetime / time.Second)), "token_type": "Bearer",
		"user_id": who.UID, "project_id": s.project,
	}, err)
}
