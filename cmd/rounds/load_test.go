package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rounds"
	"rounds/fieldwork"
	"rounds/fieldwork/roster"
	"rounds/geo"
	"rounds/internal/localpg"

	"github.com/google/uuid"
)

// BenchmarkCheckIns measures check-ins over real HTTP, each answered after its durable commit, beside
// pgbench doing the same inserts on the same cluster. Server, database and load share the machine, so
// compare within one run: checkins/s of the one with tx/s of the other.
func BenchmarkCheckIns(b *testing.B) {
	l := newLoad(b)
	for _, connections := range []int{16, 64} {
		b.Run(fmt.Sprintf("http/single/c%d", connections), func(b *testing.B) { l.run(b, connections, 1) })
	}
	b.Run("http/batch100/c8", func(b *testing.B) { l.run(b, 8, 100) })
	b.Run("pgbench/same-inserts/c16", func(b *testing.B) { l.pgbench(b, sameInserts) })
	b.Run("pgbench/one-insert/c16", func(b *testing.B) { l.pgbench(b, oneInsert) })
}

// load is a server with a durable private PostgreSQL, some reps and their retailers.
type load struct {
	server    *server
	private   *localpg.Server
	tokens    []string
	retailers []rounds.RetailerID
}

const loadReps = 64

func newLoad(b *testing.B) *load {
	b.Helper()
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "rounds-load-")
	if err != nil {
		b.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // so that root's PostgreSQL user gets in
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	db, err := database{Data: filepath.Join(dir, "data")}.open(ctx, io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	s, err := serveCmd{Listen: "127.0.0.1:0"}.start(db, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	l := &load{server: s, private: db.private}
	l.fill(ctx, b)
	return l
}

// fill makes the reps and 5,000 retailers, and logs everybody in.
func (l *load) fill(ctx context.Context, b *testing.B) {
	b.Helper()
	office := l.server.office
	if _, err := office.AddOrg(ctx, "load", "Load", "Asia/Shanghai", geo.PlainPolicy()); err != nil {
		b.Fatal(err)
	}
	admin, err := office.System(ctx, "load")
	if err != nil {
		b.Fatal(err)
	}
	var file strings.Builder
	file.WriteString("retailer_id,code,name,lat,lon,rep\n")
	for i := range 5000 {
		id := rounds.NewID[rounds.Retailer]()
		l.retailers = append(l.retailers, id)
		fmt.Fprintf(&file, "%s,R%05d,Shop %d,%.5f,%.5f,rep%d\n", id, i, i, 30+float64(i%100)/1000, 120+float64(i/100)/1000, i%loadReps)
	}
	for i := range loadReps {
		name := fmt.Sprintf("rep%d", i)
		if _, err := office.AddUser(ctx, admin, rounds.User{Name: name, Role: rounds.RoleRep}, "password-of-rep"); err != nil {
			b.Fatal(err)
		}
		l.tokens = append(l.tokens, l.login(b, name))
	}
	if _, err := office.ImportRetailers(ctx, admin, strings.NewReader(file.String()), fieldwork.ImportOptions{Options: roster.Options{Datum: geo.WGS84}}); err != nil {
		b.Fatal(err)
	}
}

func (l *load) login(b *testing.B, name string) string {
	b.Helper()
	body := fmt.Sprintf(`{"name":%q,"password":"password-of-rep"}`, name)
	answer, err := http.Post(l.server.URL()+"/v1/auth/login", "application/json", strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	var tokens struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&tokens); err != nil || tokens.AccessToken == "" {
		b.Fatalf("login: %s %v", answer.Status, err)
	}
	return tokens.AccessToken
}

// run sends b.N check-ins over so many connections, so many in each request.
func (l *load) run(b *testing.B, connections, each int) {
	var left atomic.Int64
	left.Store(int64(max(1, b.N/each)))
	var mu sync.Mutex
	var took []time.Duration
	var done sync.WaitGroup
	b.ResetTimer()
	for i := range connections {
		done.Go(func() {
			own, err := l.send(i, each, &left)
			if err != nil {
				b.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, own...)
		})
	}
	done.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(len(took)*each)/b.Elapsed().Seconds(), "checkins/s")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op")
}

// send speaks HTTP/1.1 by hand, so that the load costs little beside what it measures.
func (l *load) send(rep, each int, left *atomic.Int64) ([]time.Duration, error) {
	conn, err := net.Dial("tcp", l.server.address.String())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	var took []time.Duration
	for seq := 0; left.Add(-1) >= 0; seq++ {
		request := l.request(rep%loadReps, seq, each)
		begin := time.Now()
		if _, err := conn.Write(request); err != nil {
			return took, err
		}
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			return took, err
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode >= 300 || bytes.Contains(body, []byte(`"rejected"`)) {
			return took, fmt.Errorf("%s: %s %v", answer.Status, body, err)
		}
		took = append(took, time.Since(begin))
	}
	return took, nil
}

func (l *load) request(rep, seq, each int) []byte {
	path, body := "/v1/visit-events", l.event(rep, seq)
	if each > 1 {
		events := make([]string, each)
		for i := range events {
			events[i] = l.event(rep, seq*each+i)
		}
		path, body = "/v1/visit-events/batch", `{"events":[`+strings.Join(events, ",")+`]}`
	}
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: load\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		path, l.tokens[rep], len(body), body)
}

func (l *load) event(rep, seq int) string {
	now := time.Now().UTC()
	retailer := l.retailers[(rep+seq*loadReps)%len(l.retailers)]
	return fmt.Sprintf(`{"id":"%s","kind":"check_in","retailer_id":"%s","fixes":[{"lat":30.0501,"lon":120.0202,"accuracy_m":12.5,"accuracy_kind":"android_68","source":"gps","datum":"wgs84","fix_time":"%s"}],"device":{"id":"phone-%d","boot_id":"boot","seq":%d,"time":"%s","uptime_ms":%d}}`,
		uuid.Must(uuid.NewV7()), retailer, now.Add(-time.Second).Format(time.RFC3339Nano), rep, seq, now.Format(time.RFC3339Nano), now.Sub(phonesStarted).Milliseconds())
}

// phonesStarted is when all phones did.
var phonesStarted = time.Now().Add(-time.Hour)

// The rows that one check-in becomes, in one transaction.
const (
	oneInsert = `\set n random(1, 5000)
insert into visit_events (org_id, id, rep_id, kind, retailer_id, device_id, boot_id, seq, device_time, uptime_ms, happened_at, received_at, day, note, content_hash)
select r.org_id, gen_random_uuid(), u.id, 'check_in', r.id, 'phone', 'boot', 1, now(), 1000, now(), now(), current_date, '', decode(repeat('ab', 32), 'hex')
from retailers r, users u where r.org_id = u.org_id and r.code = 'R' || lpad((:n - 1)::text, 5, '0') and u.name = 'rep' || (:n % 64);
`
	sameInserts = `\set n random(1, 5000)
begin;
insert into visit_events (org_id, id, rep_id, kind, retailer_id, device_id, boot_id, seq, device_time, uptime_ms, happened_at, received_at, day, note, content_hash)
select r.org_id, gen_random_uuid(), u.id, 'check_in', r.id, 'phone', 'boot', 1, now(), 1000, now(), now(), current_date, '', decode(repeat('ab', 32), 'hex')
from retailers r, users u where r.org_id = u.org_id and r.code = 'R' || lpad((:n - 1)::text, 5, '0') and u.name = 'rep' || (:n % 64)
returning org_id, id, rep_id, retailer_id \gset
insert into event_fixes (org_id, event_id, n, lat, lon, accuracy_m, accuracy_kind, source, datum, fix_time, mock)
values (:org_id::uuid, :id::uuid, 1, 30.05, 120.02, 12.5, 'android_68', 'gps', 'wgs84', now(), false);
insert into verdicts (org_id, event_id, revision, policy_version, outcome, reasons, flags, verdict, measured, judged_at)
values (:org_id::uuid, :id::uuid, 1, 1, 'undecided', '{outside_radius}', '{}', '{"outcome": "undecided","reasons": ["outside_radius"],"distance_m": 120.5,"sigma_m": 26.1,"a95_m": 63.9,"radius_m": 100,"p_inside": 0.21,"policy_version": 1,"pin_version": 1}', '{"has_pin": true,"pin_version": 1,"pin_sigma_m": 25,"fixes": [{"n": 0,"distance_m": 120.5,"fix_sigma_m": 8.2,"age_s": 1}]}', now());
insert into visits (org_id, id, rep_id, retailer_id, day, started_at, outcome, credited, needs_review, reasons)
values (:org_id::uuid, :id::uuid, :rep_id::uuid, :retailer_id::uuid, current_date, now(), 'undecided', false, false, '{outside_radius}');
end;
`
)

// pgbench is PostgreSQL's own, with prepared statements over the same socket.
func (l *load) pgbench(b *testing.B, script string) {
	program := "pgbench"
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench"); len(found) > 0 {
		program = found[len(found)-1]
	}
	if _, err := exec.LookPath(program); err != nil {
		b.Skip("pgbench is not installed")
	}
	file := filepath.Join(b.TempDir(), "script.sql")
	if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
		b.Fatal(err)
	}
	const clients = 16
	b.ResetTimer()
	out, err := exec.Command(program, "--no-vacuum", "--client", strconv.Itoa(clients), "--jobs", "2", "--protocol", "prepared",
		"--transactions", strconv.Itoa(max(1, b.N/clients)), "--file", file, l.private.URL()).CombinedOutput()
	b.StopTimer()
	if err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if rest, ok := strings.CutPrefix(line, "tps = "); ok {
			tps, _, _ := strings.Cut(rest, " ")
			rate, err := strconv.ParseFloat(tps, 64)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(rate, "tx/s")
		}
	}
	b.ReportMetric(0, "ns/op")
}
