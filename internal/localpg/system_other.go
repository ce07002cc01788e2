//go:build unix && !linux

package localpg

import (
	"os/exec"
	"strconv"
	"syscall"
)

const (
	ctype         = "en_US.UTF-8"
	socketPathMax = 103
)

// attributes keep Ctrl-C from PostgreSQL. Nothing here ends it when Rounds is killed; the next start evicts it.
func attributes(a *account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: credential(a)}
}

// commandOf is the command line of a process, "" when it is gone.
func commandOf(pid int) string {
	text, _ := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return string(text)
}
