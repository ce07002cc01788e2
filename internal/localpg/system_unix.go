//go:build unix

package localpg

import (
	"io/fs"
	"os"
	"syscall"
)

const (
	executable   = ""
	socketsServe = true
	sharedMemory = "mmap" // a container's /dev/shm is too small for parallel queries
)

func owner(info fs.FileInfo) (uid, gid uint32) {
	stat := info.Sys().(*syscall.Stat_t)
	return stat.Uid, stat.Gid
}

func credential(a *account) *syscall.Credential {
	if a == nil {
		return nil
	}
	return &syscall.Credential{Uid: a.uid, Gid: a.gid, Groups: a.groups}
}

func systemEnv() []string { return nil }

// held is what lockFile fails with when another process has the file.
const held = syscall.EWOULDBLOCK

// lockFile holds the file until it is closed or this process ends, however it ends.
func lockFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// unlockFile gives the file free at once. Closing alone would not: a process that is just being started elsewhere in
// this one has a copy of the descriptor until it becomes another program.
func unlockFile(file *os.File) {
	_ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
	file.Close()
}

// interrupt signals a postmaster; one that is gone already is what was wanted.
func interrupt(_ string, pid int, signal syscall.Signal) { _ = syscall.Kill(pid, signal) }

func alive(pid int) bool { return syscall.Kill(pid, 0) != syscall.ESRCH }
