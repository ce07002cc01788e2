// Package browser shows pages to tests as people see them, scripts and all. Production code may not import it.
package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

const patience = 5 * time.Minute

// Shown is the document that a browser makes of a page, after so much time of the page's own. Where there is no browser the test is
// skipped, but not in CI.
func Shown(t *testing.T, url string, after time.Duration) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	show := exec.CommandContext(ctx, find(t), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+t.TempDir(),
		fmt.Sprintf("--virtual-time-budget=%d", after.Milliseconds()), "--dump-dom", url)
	page, err := show.Output()
	if err != nil {
		t.Fatalf("the browser: %v", err)
	}
	return string(page)
}

func find(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("no browser: install chromium")
	}
	t.Skip("no browser here: install chromium to see pages as people do")
	return ""
}
