package pgtest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"rounds/internal/localpg"
	"rounds/migrations"
)

// server is a PostgreSQL on which this process makes databases. Its one connection stays open for as long as the
// process: the advisory locks in it say which databases are still wanted.
type server struct {
	address  string // DATABASE_URL of the database the connection is in
	mu       sync.Mutex
	conn     *pgx.Conn
	oid      uint32 // of the database the connection is in
	id       int32  // of this process
	template int32  // of the migrations
	made     atomic.Int32
}

// connect finds or starts the server, clears away what ended processes left, and sees that the template is there.
func connect() (*server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	address := os.Getenv("DATABASE_URL")
	if address == "" {
		private, err := startPrivate(ctx)
		if err != nil {
			return nil, err
		}
		address = private.URL()
	}
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return nil, err
	}
	s := &server{address: address, conn: conn, id: rand.Int32N(math.MaxInt32) + 1}
	if s.template, err = fingerprint(migrations.FS, migrations.JobsLatest()); err != nil {
		return nil, err
	}
	return s, s.begin(ctx)
}

// startPrivate runs the cluster in the first directory that is free. It is never stopped here: it ends with the process.
func startPrivate(ctx context.Context) (*localpg.Server, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("find a place for the test database (or set DATABASE_URL): %w", err)
	}
	for slot := 0; ; slot++ {
		dir := filepath.Join(cache, "rounds", "pgtest", fmt.Sprint(slot))
		s, err := localpg.Start(ctx, localpg.Options{Dir: dir, Volatile: true})
		if !errors.Is(err, localpg.ErrInUse) {
			return s, err
		}
	}
}

// url is the server's address with another database in it.
func (s *server) url(name string) string {
	u, err := url.Parse(s.address)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		return s.address + " dbname=" + name // the form of keywords and values, where the last word counts
	}
	u.Path = "/" + name
	return u.String()
}
