package api_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestDocsInABrowser reads /docs as a person would. Where there is no browser it is skipped, but not in CI.
func TestDocsInABrowser(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	show := exec.CommandContext(ctx, browser(t), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+t.TempDir(),
		"--virtual-time-budget=20000", "--dump-dom", theService().url+"/docs")
	page, err := show.Output()
	if err != nil {
		t.Fatalf("the browser: %v", err)
	}
	for _, text := range []string{"Log in", "The back office of people who visit shops for a living", "handset"} {
		if !strings.Contains(string(page), text) {
			t.Errorf("/docs does not show %q", text)
		}
	}
}

func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("no browser: install chromium")
	}
	t.Skip("no browser here: install chromium to read /docs as a person would")
	return ""
}
