package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
)

// account is the user that owns and runs the cluster of a Rounds run by root, which PostgreSQL refuses to be.
// For everybody else it is nil: Rounds' own user.
type account struct {
	name     string
	uid, gid uint32
	groups   []uint32
}

// accountFor is the owner of a cluster that exists, so that it keeps its owner; else postgres, else nobody. All have
// the passwd entry that PostgreSQL insists on.
func accountFor(data string) (*account, error) {
	if info, err := os.Stat(data); err == nil {
		uid, _ := owner(info)
		return accountOf(user.LookupId(strconv.Itoa(int(uid))))
	}
	for _, name := range []string{"postgres", "nobody"} {
		if found, err := user.Lookup(name); err == nil {
			return accountOf(found, nil)
		}
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and there is no user postgres or nobody: " +
		"make one, or run Rounds as an ordinary user")
}

func accountOf(u *user.User, err error) (*account, error) {
	if err != nil {
		return nil, err
	}
	ids, err := u.GroupIds()
	if err != nil {
		return nil, fmt.Errorf("groups of %s: %w", u.Username, err)
	}
	a := &account{name: u.Username, uid: number(u.Uid), gid: number(u.Gid)}
	for _, id := range ids {
		a.groups = append(a.groups, number(id))
	}
	return a, nil
}

func number(id string) uint32 {
	n, _ := strconv.ParseUint(id, 10, 32) // numeric on every Unix
	return uint32(n)
}

// barrier is the outermost directory on the way into dir that the account may not enter, "" when there is none.
// It goes by permission bits; what does not exist yet is no barrier, for Rounds will make it.
func (a *account) barrier(dir string) string {
	if a == nil {
		return ""
	}
	if parent := filepath.Dir(dir); parent != dir {
		if barrier := a.barrier(parent); barrier != "" {
			return barrier
		}
	}
	if info, err := os.Stat(dir); err == nil && !a.mayEnter(info) {
		return dir
	}
	return ""
}

func (a *account) mayEnter(info fs.FileInfo) bool {
	uid, gid := owner(info)
	switch {
	case uid == a.uid:
		return info.Mode()&0o100 != 0
	case gid == a.gid || slices.Contains(a.groups, gid):
		return info.Mode()&0o010 != 0
	default:
		return info.Mode()&0o001 != 0
	}
}

// give hands a directory that Rounds made to the account.
func (a *account) give(path string) error {
	if a == nil {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

// uidOrOwn is the user PostgreSQL runs as.
func (a *account) uidOrOwn() uint32 {
	if a == nil {
		return uint32(os.Geteuid())
	}
	return a.uid
}

// dirMode keeps others out of the cluster's directory, but lets root's account through to what is its own.
func (a *account) dirMode() os.FileMode {
	if a == nil {
		return 0o700
	}
	return 0o711
}
