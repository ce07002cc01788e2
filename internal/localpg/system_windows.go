package localpg

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

const (
	executable    = ".exe"
	socketsServe  = false
	sharedMemory  = "windows"
	ctype         = "C"
	socketPathMax = 0
)

func owner(fs.FileInfo) (uid, gid uint32) { return 0, 0 }

func attributes(*account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

func systemEnv() []string {
	return []string{"SystemRoot=" + os.Getenv("SystemRoot"), "TEMP=" + os.Getenv("TEMP")}
}

// held is what lockFile fails with when another process has the file: a sharing violation.
const held = syscall.Errno(32)

// lockFile holds the file, by sharing it with nobody, until it is closed or this process ends.
func lockFile(path string) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	handle, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(handle), path), nil
}

// interrupt lets pg_ctl send what Windows itself has no signals for.
func interrupt(bin string, pid int, signal syscall.Signal) {
	name := map[syscall.Signal]string{syscall.SIGINT: "INT", syscall.SIGQUIT: "QUIT", syscall.SIGKILL: "KILL"}[signal]
	_ = exec.Command(filepath.Join(bin, "pg_ctl.exe"), "kill", name, strconv.Itoa(pid)).Run()
}

func commandOf(int) string { return "" }

func alive(int) bool { return false } // what a killed Rounds leaves running keeps its files; the next start says so

// unlockFile gives the file free.
func unlockFile(file *os.File) { file.Close() }
