package api_test

import (
	"strings"
	"testing"
	"time"

	"rounds/internal/browser"
)

// TestDocsInABrowser reads /docs as a person would. Where there is no browser it is skipped, but not in CI.
func TestDocsInABrowser(t *testing.T) {
	t.Parallel()
	page := browser.Shown(t, theService().url+"/docs", 20*time.Second)
	for _, text := range []string{"Log in", "The back office of people who visit shops for a living", "handset"} {
		if !strings.Contains(page, text) {
			t.Errorf("/docs does not show %q", text)
		}
	}
}
