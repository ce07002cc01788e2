package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// client calls the API over HTTP as one user.
type client struct {
	base  string
	token string
	http  *http.Client
}

func (c *client) login(ctx context.Context, org, name, password string) error {
	var tokens struct {
		AccessToken string `json:"access_token"`
	}
	credentials := map[string]string{"org": org, "name": name, "password": password}
	err := c.call(ctx, http.MethodPost, "/v1/auth/login", credentials, &tokens)
	c.token = tokens.AccessToken
	return err
}

func (c *client) get(ctx context.Context, path string, answer any) error {
	return c.call(ctx, http.MethodGet, path, nil, answer)
}

func (c *client) post(ctx context.Context, path string, body, answer any) error {
	return c.call(ctx, http.MethodPost, path, body, answer)
}

// call wants a 2xx; anything else is an error of type [refusal].
func (c *client) call(ctx context.Context, method, path string, body, answer any) error {
	status, text, err := c.exchange(ctx, method, path, nil, body)
	if err != nil {
		return err
	}
	if status < 200 || status > 299 {
		return refusal{method, path, status, text}
	}
	return json.Unmarshal(text, answer)
}

// refusal is an answer other than the one hoped for.
type refusal struct {
	method, path string
	status       int
	text         []byte
}

func (r refusal) Error() string {
	return fmt.Sprintf("%s %s: %d %s", r.method, r.path, r.status, bytes.TrimSpace(r.text))
}

// exchange is one request and its answer, of whatever status.
func (c *client) exchange(ctx context.Context, method, path string, header http.Header, body any) (int, []byte, error) {
	sent, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(sent))
	if err != nil {
		return 0, nil, err
	}
	if header != nil {
		r.Header = header
	}
	r.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, text, err
}
