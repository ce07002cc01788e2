package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// fileOf writes beside the file and renames, so that whoever reads it sees the old one or the new one; without a path it does nothing.
// What is no file, such as /dev/null or a pipe, is written to and stays what it is.
func fileOf(path string, write func(io.Writer) error) error {
	if path == "" {
		return nil
	}
	path, special, err := destination(path)
	if err != nil {
		return err
	}
	if special {
		device, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(buffered(device, write), device.Close())
	}
	draft, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name())
	if err = errors.Join(buffered(draft, write), draft.Chmod(0o644), draft.Sync(), draft.Close()); err != nil {
		return err
	}
	return os.Rename(draft.Name(), path)
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(w, 1<<16)
	return errors.Join(write(b), b.Flush())
}

// destination follows links, and says whether something is there that is not a file.
func destination(path string) (string, bool, error) {
	about, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return path, false, nil
	case err != nil:
		return path, false, err
	case about.IsDir():
		return path, false, fmt.Errorf("%s is a directory", path)
	case !about.Mode().IsRegular():
		return path, true, nil
	}
	path, err = filepath.EvalSymlinks(path)
	return path, false, err
}

// writable fails before a long search rather than after it.
func writable(paths ...string) error {
	for _, path := range paths {
		if path == "" {
			continue
		}
		path, special, err := destination(path)
		if err != nil {
			return err
		}
		if special {
			continue
		}
		draft, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
		if err != nil {
			return err
		}
		if err := errors.Join(draft.Close(), os.Remove(draft.Name())); err != nil {
			return err
		}
	}
	return nil
}
