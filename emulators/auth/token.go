package auth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// lifetime is that of a Firebase ID token.
const lifetime = time.Hour

// Identity is who a token speaks for.
type Identity struct {
	UID string `json:"uid"`
	// Email and Name may be "". An Unverified address was never proved to be the user's.
	Email      string `json:"email,omitempty"`
	Unverified bool   `json:"unverified,omitempty"`
	Name       string `json:"name,omitempty"`
	// Provider is how the user signed in: custom, anonymous, password, google.com.
	Provider string `json:"provider"`
}

// Token is the development signer: a Firebase ID token that nobody signed
// ("alg": "none", as Firebase's own emulator makes them), valid for an hour
// from now. Firebase's libraries take such a token only while
// FIREBASE_AUTH_EMULATOR_HOST is set, and the Firestore emulator takes it; no
// deployed function or database ever does.
func Token(project string, who Identity, now time.Time) (string, error) {
	if project == "" || who.UID == "" || len(who.UID) > 128 {
		return "", errors.New("a token needs a project and a user id of at most 128 characters")
	}
	claims := map[string]any{
		"iss": "https://securetoken.google.com/" + project, "aud": project,
		"sub": who.UID, "user_id": who.UID,
		"auth_time": now.Unix(), "iat": now.Unix(), "exp": now.Add(lifetime).Unix(),
		"firebase": map[string]any{"identities": map[string]any{}, "sign_in_provider": who.Provider},
	}
	if who.Email != "" {
		claims["email"], claims["email_verified"] = who.Email, !who.Unverified
	}
	if who.Name != "" {
		claims["name"] = who.Name
	}
	return unsigned(claims)
}

func unsigned(claims any) (string, error) {
	body, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("write the claims: %w", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + encode(body) + ".", nil
}

// claimsOf reads the claims of a token of any signature into v.
func claimsOf(token string, v any) error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return errors.New("a token has three parts")
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return fmt.Errorf("decode the claims: %w", err)
	}
	return json.Unmarshal(body, v)
}

// identityOf is the identity in a token that Token made.
func identityOf(token string) (Identity, error) {
	var claims struct {
		Sub, Email, Name string
		EmailVerified    bool `json:"email_verified"`
		Firebase         struct {
			Provider string `json:"sign_in_provider"`
		}
	}
	if err := claimsOf(token, &claims); err != nil {
		return Identity{}, err
	}
	if claims.Sub == "" {
		return Identity{}, errors.New("the token names no user")
	}
	return Identity{UID: claims.Sub, Email: claims.Email, Unverified: claims.Email != "" && !claims.EmailVerified,
		Name: claims.Name, Provider: claims.Firebase.Provider}, nil
}

// refreshToken carries the identity, so that the server need not remember it.
func refreshToken(who Identity) (string, error) {
	body, err := json.Marshal(who)
	return base64.RawURLEncoding.EncodeToString(body), err
}

func identityOfRefresh(token string) (Identity, error) {
	var who Identity
	body, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		err = json.Unmarshal(body, &who)
	}
	if err == nil && who.UID == "" {
		err = errors.New("the refresh token names no user")
	}
	return who, err
}
