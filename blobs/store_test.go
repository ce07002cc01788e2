package blobs_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds"
	"rounds/blobs"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func openDir(t testing.TB, path string) *blobs.Dir {
	t.Helper()
	d, err := blobs.OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func stores(t *testing.T) map[string]blobs.Store {
	bucket := newBucket(t)
	return map[string]blobs.Store{"directory": openDir(t, t.TempDir()), "bucket": bucket.open(t, nil)}
}

func put(t *testing.T, s blobs.Store, org rounds.OrgID, content string) blobs.Key {
	t.Helper()
	key := blobs.KeyOf(org, []byte(content))
	if err := s.Put(t.Context(), key, "image/jpeg", []byte(content)); err != nil {
		t.Fatal(err)
	}
	return key
}

func get(t *testing.T, s blobs.Store, key blobs.Key) (string, error) {
	t.Helper()
	blob, err := s.Get(t.Context(), key)
	if err != nil {
		return "", err
	}
	defer blob.Content.Close()
	content, err := io.ReadAll(blob.Content)
	if err == nil && int64(len(content)) != blob.Size {
		t.Errorf("%d bytes, and it says %d", len(content), blob.Size)
	}
	return string(content), err
}

func list(t *testing.T, s blobs.Store, org rounds.OrgID) []string {
	t.Helper()
	found := []string{}
	for key, err := range s.List(t.Context(), org) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, key.String())
	}
	sort.Strings(found)
	return found
}

func TestStoresKeepWhatIsPut(t *testing.T) {
	t.Parallel()
	for name, s := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			org, other := rounds.NewID[rounds.Org](), rounds.NewID[rounds.Org]()
			large := strings.Repeat("large ", blobs.MaxBytes/6)
			key := put(t, s, org, large)
			if got, err := get(t, s, key); err != nil || got != large {
				t.Fatalf("%d bytes, %v", len(got), err)
			}
			if _, err := get(t, s, blobs.Key{Org: other, Sum: key.Sum}); rounds.CodeOf(err) != rounds.NotFound {
				t.Errorf("another org's: %v", err)
			}
			empty, again := put(t, s, org, ""), put(t, s, org, large)
			if got, err := get(t, s, empty); err != nil || got != "" || again != key {
				t.Errorf("%q, %v", got, err)
			}
			want := []string{empty.String(), key.String()}
			sort.Strings(want)
			if diff := cmp.Diff(want, list(t, s, org)); diff != "" {
				t.Error(diff)
			}
			if found := list(t, s, other); len(found) != 0 {
				t.Errorf("another org's: %v", found)
			}
			for stored := range s.List(t.Context(), org) {
				if time.Since(stored.StoredAt).Abs() > time.Minute {
					t.Errorf("%s was stored at %v", stored, stored.StoredAt)
				}
			}
			for range 2 {
				if err := s.Delete(t.Context(), key); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := get(t, s, key); rounds.CodeOf(err) != rounds.NotFound {
				t.Errorf("deleted: %v", err)
			}
			if err := s.Delete(t.Context(), blobs.Key{Org: other}); err != nil {
				t.Errorf("deleting for an org without anything: %v", err)
			}
		})
	}
}

func TestNothingIsPutUnderAnothersName(t *testing.T) {
	t.Parallel()
	for name, s := range stores(t) {
		org := rounds.NewID[rounds.Org]()
		err := s.Put(t.Context(), blobs.KeyOf(org, []byte("one")), "image/png", []byte("another"))
		if err == nil || len(list(t, s, org)) != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestManyMayPutTheSameAtOnce(t *testing.T) {
	t.Parallel()
	for name, s := range stores(t) {
		org := rounds.NewID[rounds.Org]()
		content := strings.Repeat("x", 1<<20)
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				if err := s.Put(t.Context(), blobs.KeyOf(org, []byte(content)), "image/png", []byte(content)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if got, err := get(t, s, blobs.KeyOf(org, []byte(content))); err != nil || got != content {
					t.Errorf("%s: %d bytes, %v", name, len(got), err)
				}
			})
		}
		all.Wait()
	}
}

func TestStoppedCallsStoreNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, s := range stores(t) {
		org := rounds.NewID[rounds.Org]()
		key := blobs.KeyOf(org, []byte("late"))
		if err := s.Put(ctx, key, "image/png", []byte("late")); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.Get(ctx, key); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		if found := list(t, s, org); len(found) != 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
}

func TestKeysReadBackAndNothingElseIsAKey(t *testing.T) {
	t.Parallel()
	key := blobs.KeyOf(rounds.NewID[rounds.Org](), []byte("x"))
	if got, err := blobs.ParseKey(key.String()); err != nil || got != key {
		t.Errorf("%v, %v", got, err)
	}
	org, sum := key.Org.String(), key.Sum.String()
	for _, text := range []string{
		"", "/", org, org + "/", "/" + sum, org + "/../" + sum, "../" + org + "/" + sum, org + "/" + sum + "/", org + "/" + sum + "00",
		org + "/" + sum[:62], org + "/" + strings.ToUpper(sum), strings.ToUpper(org) + "/" + sum, org + "\\" + sum, org + "//" + sum,
		org + "/" + sum + "\x00", org + "/" + strings.Repeat("..", 32), org + "/" + strings.Repeat("/", 64),
	} {
		if got, err := blobs.ParseKey(text); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		if key, err := blobs.ParseKey(text); err == nil && key.String() != text {
			t.Errorf("%q is taken for %v", text, key)
		}
	})
}

func fileOf(dir string, key blobs.Key) string {
	sum := key.Sum.String()
	return filepath.Join(dir, key.Org.String(), sum[:2], sum)
}

func TestFilesAreTheServersOwn(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "photos")
	put(t, openDir(t, dir), rounds.NewID[rounds.Org](), "x")
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		info, _ := entry.Info()
		if want := map[bool]os.FileMode{true: 0o700, false: 0o600}[entry.IsDir()]; info.Mode().Perm() != want {
			t.Errorf("%s: %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A byte that has turned, a file cut short and one that has grown are found before all of it is handed out, and
// mended by putting the content again.
func TestSpoiltFilesAreFoundAndMended(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, org := openDir(t, dir), rounds.NewID[rounds.Org]()
	for _, spoilt := range []string{"cOntent", "conten", "contents", ""} {
		key := put(t, d, org, "content")
		if err := os.WriteFile(fileOf(dir, key), []byte(spoilt), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := get(t, d, key); !errors.Is(err, blobs.ErrCorrupt) || got == spoilt && spoilt != "" {
			t.Errorf("%q: read %q, %v", spoilt, got, err)
		}
		put(t, d, org, "content")
		if got, err := get(t, d, key); err != nil || got != "content" {
			t.Errorf("%q: put again %q, %v", spoilt, got, err)
		}
	}
}

func TestAFileCutShortWhileItIsReadIsFound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := openDir(t, dir)
	key := put(t, d, rounds.NewID[rounds.Org](), "content")
	blob, err := d.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer blob.Content.Close()
	if err := os.Truncate(fileOf(dir, key), 3); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(blob.Content); !errors.Is(err, blobs.ErrCorrupt) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestWhatDeadWritersLeftIsCleared(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := put(t, openDir(t, dir), rounds.NewID[rounds.Org](), "kept")
	old, young := filepath.Join(dir, "incoming", "OLD"), filepath.Join(dir, "incoming", "YOUNG")
	for path, age := range map[string]time.Duration{old: 2 * time.Hour, young: time.Minute, fileOf(dir, key): 999 * time.Hour} {
		if path != fileOf(dir, key) {
			if err := os.WriteFile(path, []byte("half a pho"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	d := openDir(t, dir)
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Error("an old leftover stays")
	}
	if _, err := os.Stat(young); err != nil {
		t.Error("what another process may still be writing is gone")
	}
	if got, err := get(t, d, key); err != nil || got != "kept" {
		t.Errorf("%q, %v", got, err)
	}
	if found := list(t, d, key.Org); len(found) != 1 {
		t.Error(found)
	}
}

// A link that somebody has put into the directory leads nowhere outside.
func TestLinksDoNotLeadOutside(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), t.TempDir()
	d, org := openDir(t, dir), rounds.NewID[rounds.Org]()
	if err := os.Symlink(outside, filepath.Join(dir, org.String())); err != nil {
		t.Skip(err)
	}
	content := []byte("x")
	if err := d.Put(t.Context(), blobs.KeyOf(org, content), "image/png", content); rounds.CodeOf(err) != rounds.Unavailable {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(outside); len(entries) != 0 {
		t.Error(entries)
	}
}

// checkNoParts finds what a failed writing has left.
func checkNoParts(t *testing.T, dir string) {
	t.Helper()
	if entries, err := os.ReadDir(filepath.Join(dir, "incoming")); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestAFailureOfTheDiskIsUnavailableAndLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := openDir(t, dir)
	key := blobs.KeyOf(rounds.NewID[rounds.Org](), []byte("x"))
	if err := os.MkdirAll(filepath.Join(fileOf(dir, key), "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := d.Put(t.Context(), key, "image/png", []byte("x")); rounds.CodeOf(err) != rounds.Unavailable {
		t.Error(err)
	}
	checkNoParts(t, dir)
	if got, err := get(t, d, key); rounds.CodeOf(err) == rounds.NotFound || bytes.Contains([]byte(got), []byte("x")) {
		t.Errorf("%q, %v", got, err)
	}
}
