package localpg

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// unpack checks the archive against its sum and writes it into the directory, and nothing outside of that.
func unpack(archive []byte, sum, dir string) error {
	if err := verify(archive, sum); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := untar(archive, root); err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	return link(root)
}

// untar writes regular files, which is all that npm packs, without the leading "package/".
func untar(archive []byte, root *os.Root) error {
	zipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return err
	}
	for files := tar.NewReader(zipped); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		_, name, found := strings.Cut(header.Name, "/")
		if !found || !filepath.IsLocal(name) || header.Typeflag != tar.TypeReg {
			return fmt.Errorf("%q is no file of a package", header.Name)
		}
		if err := write(root, name, files, header.FileInfo().Mode()&0o111|0o644); err != nil {
			return err
		}
	}
}

// write sets the mode whatever the umask: another user will run what is unpacked here.
func write(root *os.Root, name string, content io.Reader, mode os.FileMode) error {
	if err := makeParents(root, path.Dir(name)); err != nil {
		return err
	}
	file, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Chmod(mode), file.Close())
}

func makeParents(root *os.Root, dir string) error {
	if _, err := root.Stat(dir); err == nil {
		return nil
	}
	if err := makeParents(root, path.Dir(dir)); err != nil {
		return err
	}
	return errors.Join(root.Mkdir(dir, 0o755), root.Chmod(dir, 0o755))
}

// link makes the symbolic links of the libraries, which a package cannot hold: it lists them instead.
func link(root *os.Root) error {
	text, err := root.ReadFile("native/pg-symlinks.json")
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(text, &links); err != nil {
		return fmt.Errorf("pg-symlinks.json: %w", err)
	}
	for _, l := range links {
		to, err := filepath.Rel(path.Dir(l.Target), l.Source)
		if err != nil || !filepath.IsLocal(l.Source) {
			return fmt.Errorf("pg-symlinks.json: %q does not lie in the package", l.Source)
		}
		if err := root.Symlink(to, l.Target); err != nil {
			return err
		}
	}
	return nil
}
