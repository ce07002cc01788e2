package localpg

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// superuser is the one role of the cluster; who may reach the address may do everything.
const superuser = "postgres"

// address is where the server answers: in a directory of sockets, or on a port of the loopback with a password.
type address struct {
	host     string // a directory or 127.0.0.1
	port     int    // on a socket no more than part of its name
	password string // "" on a socket: its directory lets nobody else in
	borrowed bool   // the directory lies outside the cluster's and goes with the server
}

func (c *cluster) listen() (address, error) {
	if c.loopback || !socketsServe {
		return c.onLoopback()
	}
	a := address{host: filepath.Join(c.dir, "sock"), port: 5432}
	if len(a.socket()) > socketPathMax || strings.Contains(a.host, ",") { // clients take a comma for a list of hosts
		a.host = fmt.Sprintf("/tmp/rounds-%d-%s", c.account.uidOrOwn(), hash(c.dir))
		a.borrowed = true
	}
	return a, nil
}

func (c *cluster) onLoopback() (address, error) {
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return address{}, fmt.Errorf("find a free port: %w", err)
	}
	defer probe.Close()
	password, err := secret(filepath.Join(c.dir, "password"))
	return address{host: "127.0.0.1", port: probe.Addr().(*net.TCPAddr).Port, password: password}, err
}

// secret reads the cluster's password, or makes it up at the first start.
func secret(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err == nil && len(text) > 0 {
		return string(text), nil
	}
	fresh := rand.Text()
	return fresh, os.WriteFile(path, []byte(fresh), 0o600)
}

func (a address) local() bool { return a.password == "" }

func (a address) socket() string { return fmt.Sprintf("%s/.s.PGSQL.%d", a.host, a.port) }

// settings are the server's parameters for this address.
func (a address) settings() []string {
	sockets, listen := a.host, ""
	if !a.local() {
		sockets, listen = "", a.host
	}
	return []string{
		"listen_addresses=" + listen,
		"unix_socket_directories=" + sockets,
		"unix_socket_permissions=0700",
		"port=" + strconv.Itoa(a.port),
	}
}

// url leaves nothing to the client's environment, where PGHOST and its kin may speak of another server.
func (a address) url(database string) string {
	query := url.Values{
		"host": {a.host}, "port": {strconv.Itoa(a.port)},
		"sslmode": {"disable"}, "options": {""}, "target_session_attrs": {"any"},
	}
	who := url.User(superuser)
	if !a.local() {
		who = url.UserPassword(superuser, a.password)
	}
	words := strings.ReplaceAll(query.Encode(), "+", "%20") // as libpq reads it, where a plus is a plus
	return (&url.URL{Scheme: "postgres", User: who, Path: "/" + database, RawQuery: words}).String()
}

// prepare makes the directory of the socket and sees that nobody else did.
func (a address) prepare(as *account) error {
	if !a.local() {
		return nil
	}
	if err := os.Mkdir(a.host, 0o700); err == nil {
		return as.give(a.host)
	}
	info, err := os.Lstat(a.host)
	if err != nil {
		return fmt.Errorf("make the socket's directory: %w", err)
	}
	if uid, _ := owner(info); !info.IsDir() || uid != as.uidOrOwn() || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s is not a directory of PostgreSQL's user alone: remove it", a.host)
	}
	return nil
}

func (a address) remove() {
	if a.borrowed {
		os.RemoveAll(a.host)
	}
}
