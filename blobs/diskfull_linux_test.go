package blobs_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"rounds"
	"rounds/blobs"
)

// A disk of 256 KiB takes what fits, says of the rest that it is unavailable, and takes more when there is room.
func TestAFullDiskIsUnavailable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("this user may not mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	d, err := blobs.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	org := rounds.NewID[rounds.Org]()
	first, second := strings.Repeat("a", 150<<10), strings.Repeat("b", 150<<10)
	key := put(t, d, org, first)
	err = d.Put(t.Context(), blobs.KeyOf(org, []byte(second)), "image/png", []byte(second))
	if rounds.CodeOf(err) != rounds.Unavailable || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("full: %v", err)
	}
	checkNoParts(t, dir)
	if found := list(t, d, org); len(found) != 1 {
		t.Errorf("stored: %v", found)
	}
	if err := d.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if got, err := get(t, d, put(t, d, org, second)); err != nil || got != second {
		t.Errorf("with room again: %v", err)
	}
}
