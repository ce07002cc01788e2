// Package localpg finds PostgreSQL on this machine and runs a private cluster of it, for a Rounds that was
// given no DATABASE_URL. It knows binaries, directories, processes and one database name; it does not know
// tables, migrations or who asks. The cluster answers on a Unix socket only its owner can reach, keeps every
// durability setting on unless told otherwise, and ends with the process that started it.
//
// What lies in the cluster's directory:
//
//	lock          held while a Rounds uses the directory
//	data          the cluster; data.init is one still being made
//	sock          the socket, unless its path would be too long for one
//	postgres.log  what the server said since its last start; postgres.log.old, before that
package localpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"
)

// database is the one database this package makes.
const database = "rounds"

// ErrInUse is wrapped by [Start] when another process holds the directory; the message says which, and what to do.
var ErrInUse = errors.New("the database directory is in use")

// Options say where the cluster lives and how careful it is. The zero value is right for production.
type Options struct {
	Dir      string       // "" means $XDG_STATE_HOME/rounds, by default ~/.local/state/rounds
	Say      func(string) // hears what a person should know, such as a download; nil hears nothing
	Volatile bool         // gives up durability, and data whose version is gone; for tests alone

	search   *search // where PostgreSQL may be; nil means everywhere
	cache    string  // where a fetched PostgreSQL is kept; "" means the user's cache
	loopback bool    // forces the port that a system without sockets would use
}

// Server is a running private PostgreSQL. Its methods may be called from several goroutines.
type Server struct {
	cluster
	lock    *os.File
	process *exec.Cmd
	done    chan struct{} // closed when the process has ended
	ended   error         // how it ended; read it after done
	stop    sync.Once
	stopped error
}

// Start runs the cluster in its directory, making it and its database first where they are missing.
// The context bounds the start alone; the server then runs until [Server.Stop] or the end of this process.
func Start(ctx context.Context, o Options) (*Server, error) {
	c, err := o.cluster()
	if err != nil {
		return nil, err
	}
	lock, err := c.hold()
	if err != nil {
		return nil, err
	}
	s := &Server{cluster: c, lock: lock, done: make(chan struct{})}
	if err := s.start(ctx); err != nil {
		s.release()
		return nil, fmt.Errorf("start PostgreSQL in %s: %w", s.dir, err)
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	for _, step := range []func(context.Context) error{s.evict, s.find, s.make, s.launch} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	err := s.open(ctx)
	for tries := 0; s.outlived() && tries < mostTries && ctx.Err() == nil; tries++ {
		time.Sleep(untilGone)
		s.done = make(chan struct{})
		if err = s.launch(ctx); err != nil {
			return err
		}
		err = s.open(ctx)
	}
	if err != nil {
		return errors.Join(err, s.shutdown(context.Background(), inHaste))
	}
	return nil
}

// A postmaster that was killed is outlived by its backends until they notice, and no other may start meanwhile.
const (
	untilGone = 200 * time.Millisecond
	mostTries = 100
)

// outlived tells whether the postmaster refused to start for that reason.
func (s *Server) outlived() bool {
	select {
	case <-s.done:
		return bytes.Contains(s.lastWords(), []byte("shared memory block"))
	default:
		return false
	}
}

// URL is what DATABASE_URL would be for this server: it names the database rounds and suits pgx and psql alike.
func (s *Server) URL() string { return s.address.url(database) }

// Dir is where the cluster lives. It differs from [Options.Dir] where the server's user could not enter that.
func (s *Server) Dir() string { return s.dir }

// Done is closed when PostgreSQL has ended, whether by [Server.Stop] or by itself.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop shuts PostgreSQL down and frees the directory. When the context ends first, connections and all are
// cut off, and the next start recovers. Further calls return what the first returned.
func (s *Server) Stop(ctx context.Context) error {
	s.stop.Do(func() {
		s.stopped = s.shutdown(ctx, patiently)
		s.release()
	})
	return s.stopped
}

func (s *Server) release() {
	s.address.remove()
	unlockFile(s.lock)
}
