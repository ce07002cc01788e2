package blobs

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"time"

	"rounds"
)

// Dir keeps content in a directory, one file each: org/ab/abcd… . A file is there whole or not at all: it is
// written and synced under incoming/, then renamed, then the directories are synced. Only the server's own
// user may read any of it.
type Dir struct{ root *os.Root }

const (
	incoming = "incoming"
	leftover = time.Hour // no writing takes as long
)

// OpenDir opens the directory at this path, makes it if it is missing, and clears what writers that died have
// left in it more than an hour ago.
func OpenDir(dir string) (*Dir, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := syncDir(os.Open(filepath.Dir(dir))); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	d := &Dir{root: root}
	if err := errors.Join(root.MkdirAll(incoming, 0o700), d.clear(time.Now().Add(-leftover))); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return d, nil
}

// Close closes the directory.
func (d *Dir) Close() error { return d.root.Close() }

// clear removes unfinished files last written to before the instant.
func (d *Dir) clear(before time.Time) error {
	entries, err := fs.ReadDir(d.root.FS(), incoming)
	for _, entry := range entries {
		if info, gone := entry.Info(); gone == nil && info.ModTime().Before(before) {
			err = errors.Join(err, d.root.Remove(path.Join(incoming, entry.Name())))
		}
	}
	return err
}

// Put writes the content, unless it is there and sound; a full disk is Unavailable.
func (d *Dir) Put(ctx context.Context, key Key, _ string, content []byte) error {
	if err := errors.Join(ctx.Err(), key.check(content)); err != nil {
		return err
	}
	if err := d.put(key, content); err != nil {
		return unavailable{err}
	}
	return nil
}

func (d *Dir) put(key Key, content []byte) error {
	name := fileOf(key)
	if err := d.root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	if there, err := d.root.ReadFile(name); err != nil || !bytes.Equal(there, content) {
		if err := d.write(name, content); err != nil {
			return err
		}
	}
	return d.syncAbove(name)
}

// syncAbove also makes durable what another writer has made and not yet synced, or died before doing so.
func (d *Dir) syncAbove(name string) error {
	shard := path.Dir(name)
	return errors.Join(d.sync(shard), d.sync(path.Dir(shard)), d.sync("."))
}

// write leaves no part of the file behind when it fails.
func (d *Dir) write(name string, content []byte) error {
	part := path.Join(incoming, rand.Text())
	err := d.writePart(part, content)
	if err == nil {
		err = d.root.Rename(part, name)
	}
	if err != nil {
		return errors.Join(err, d.root.Remove(part))
	}
	return nil
}

func (d *Dir) writePart(name string, content []byte) error {
	file, err := d.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err = file.Write(content); err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

func (d *Dir) sync(name string) error { return syncDir(d.root.Open(name)) }

func syncDir(dir *os.File, err error) error {
	if err != nil {
		return err
	}
	if runtime.GOOS == "windows" { // cannot sync a directory
		return dir.Close()
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Get opens the file.
func (d *Dir) Get(ctx context.Context, key Key) (*Blob, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	file, err := d.root.Open(fileOf(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound()
	}
	if err != nil {
		return nil, unavailable{err}
	}
	info, err := file.Stat()
	if err != nil {
		return nil, unavailable{errors.Join(err, file.Close())}
	}
	return newBlob(file, info.Size(), key.Sum), nil
}

// Delete removes the file, durably.
func (d *Dir) Delete(ctx context.Context, key Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name := fileOf(key)
	err := d.root.Remove(name)
	if err == nil {
		err = d.sync(path.Dir(name))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unavailable{err}
	}
	return nil
}

// List reads the org's directories one after the other. Files that are not ours are passed over.
func (d *Dir) List(ctx context.Context, org rounds.OrgID) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) {
		err := fs.WalkDir(d.root.FS(), org.String(), func(name string, entry fs.DirEntry, err error) error {
			if err = errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			key, err := ParseKey(org.String() + "/" + entry.Name())
			if err != nil || fileOf(key) != name {
				return nil
			}
			info, err := entry.Info()
			if errors.Is(err, fs.ErrNotExist) { // deleted meanwhile
				return nil
			}
			if err == nil && !yield(Listed{key, info.ModTime()}, nil) {
				return fs.SkipAll
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			yield(Listed{}, unavailable{err})
		}
	}
}

// fileOf spreads an org's files over 256 directories, so that none grows too long to be read by hand.
func fileOf(key Key) string {
	sum := key.Sum.String()
	return path.Join(key.Org.String(), sum[:2], sum)
}

var _ Store = (*Dir)(nil)
