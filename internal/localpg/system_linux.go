package localpg

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

const (
	ctype         = "C.UTF-8"
	socketPathMax = 107
)

// attributes keep Ctrl-C from PostgreSQL, so that Rounds can finish its work first, and end it when Rounds is killed.
// SIGINT, for SIGTERM would wait until every client has left.
func attributes(a *account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT, Credential: credential(a)}
}

// commandOf is the command line of a process, "" when it is gone or has ended and waits for its parent.
func commandOf(pid int) string {
	text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	return strings.ReplaceAll(string(text), "\x00", " ")
}
