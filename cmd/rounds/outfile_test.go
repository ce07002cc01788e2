//go:build unix

package main

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestOutputGoesWhereItIsSent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	says := func(text string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
	}
	if err := os.Symlink("file", at("link")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(at("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	heard := make(chan string)
	go func() {
		text, _ := os.ReadFile(at("pipe"))
		heard <- string(text)
	}()
	for name, text := range map[string]string{"file": "old", "pipe": "through"} {
		if err := fileOf(at(name), says(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := <-heard; got != "through" {
		t.Errorf("the pipe brought %q", got)
	}
	if about, err := os.Stat(at("pipe")); err != nil || about.Mode().IsRegular() {
		t.Errorf("the pipe is no pipe any more: %v %v", about, err)
	}
	if err := fileOf(at("link"), says("new")); err != nil {
		t.Error(err)
	}
	if about, err := os.Lstat(at("link")); err != nil || about.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is none any more: %v %v", about, err)
	}
	if text, err := os.ReadFile(at("file")); err != nil || string(text) != "new" {
		t.Errorf("%q %v", text, err)
	}
	if err := writable(at("pipe"), at("link"), at("file"), at("none"), ""); err != nil {
		t.Error(err)
	}
	for _, path := range []string{dir, at("none/file")} {
		if writable(path) == nil || fileOf(path, says("")) == nil {
			t.Errorf("%s is written", path)
		}
	}
}
