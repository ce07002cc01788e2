package locate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
)

func secretIn(s string) string {
	for _, secret := range []string{
		subscriber, password, escaped(password), "pa55", apiKey, url.QueryEscape(apiKey), url.PathEscape(apiKey), "k3y",
		token, "t0ken", "30.2597", "120.1468", "-30.25", "1cac", "1c:ac", "123456789", "22533",
	} {
		if strings.Contains(strings.ToLower(s), strings.ToLower(secret)) {
			return secret
		}
	}
	return ""
}

func TestSecretsAreHidden(t *testing.T) {
	t.Parallel()
	s := settings(GetPosition, "https://carrier.example/")
	s.Key = apiKey
	place := Position{Point: &orb.Point{120.1468, 30.2597}, Service: "north", Time: time.Time{}}
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	logger.Info("asked", "query", seen, "position", place, "service", s, "subscriber", seen.Subscriber)
	slog.New(slog.NewTextHandler(&log, nil)).Info("asked", "query", seen, "position", place, "subscriber", seen.Subscriber)
	marshalled, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, printed := range []string{
		log.String(), string(marshalled), fmt.Sprintf("%v %+v %#v", s, s, s),
		fmt.Sprintf("%v %s %q %d %x %#v", seen.Subscriber, seen.Subscriber, seen.Subscriber, seen.Subscriber, seen.Subscriber, seen.Subscriber),
	} {
		if leaked := secretIn(printed); leaked != "" {
			t.Errorf("shows %q: %s", leaked, printed)
		}
	}
	if back := (Service{}); json.Unmarshal([]byte(`{"password":"p"}`), &back) != nil || back.Password != "p" {
		t.Error("a secret cannot be read from JSON")
	}
}
