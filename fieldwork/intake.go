package fieldwork

import (
	"context"
	"sync"

	"rounds"
)

// Uploads are committed in groups: while one group's transaction runs, the next gathers. Each answer
// still waits for its own commit, and PostgreSQL does a quarter of the work for each event.
const (
	groupWriters = 2
	groupEvents  = 256 // a group closes when it has so many
	queueUploads = 1024
)

// upload is the readable events of one request, waiting for their results.
type upload struct {
	actor rounds.Actor
	items []item
	err   error
	done  chan struct{}
}

type intake struct {
	queue   chan *upload
	closing chan struct{}
	writers sync.WaitGroup
}

func startIntake(o *Office) *intake {
	in := &intake{queue: make(chan *upload, queueUploads), closing: make(chan struct{})}
	for range groupWriters {
		in.writers.Go(func() { in.write(o) })
	}
	return in
}

// stop waits until what is queued is stored or refused.
func (in *intake) stop() {
	close(in.closing)
	in.writers.Wait()
}

// submit waits for the upload's results. A caller that gives up leaves them to be stored all the same.
func (in *intake) submit(ctx context.Context, u *upload) error {
	u.done = make(chan struct{})
	select {
	case in.queue <- u:
	case <-in.closing:
		return rounds.Errorf(rounds.Unavailable, "the server is stopping: try again")
	case <-ctx.Done():
		return rounds.Errorf(rounds.Unavailable, "the server is too busy: try again")
	}
	select {
	case <-u.done:
		return u.err
	case <-ctx.Done():
		return rounds.Errorf(rounds.Unavailable, "the server is too slow just now: send it again")
	}
}

func (in *intake) write(o *Office) {
	for {
		select {
		case first := <-in.queue:
			in.record(o, first)
		case <-in.closing:
			in.drain(o)
			return
		}
	}
}

func (in *intake) drain(o *Office) {
	for {
		select {
		case first := <-in.queue:
			in.record(o, first)
		default:
			return
		}
	}
}

func (in *intake) record(o *Office, first *upload) {
	for _, group := range byOrg(in.gather(first)) {
		o.recordGroup(group)
		for _, u := range group {
			close(u.done)
		}
	}
}

// gather takes what waits already; it never waits for more.
func (in *intake) gather(first *upload) []*upload {
	group, events := []*upload{first}, len(first.items)
	for events < groupEvents {
		select {
		case u := <-in.queue:
			group, events = append(group, u), events+len(u.items)
		default:
			return group
		}
	}
	return group
}

// byOrg keeps statements to one org each, in the order of arrival.
func byOrg(uploads []*upload) [][]*upload {
	var groups [][]*upload
	at := map[rounds.OrgID]int{}
	for _, u := range uploads {
		i, ok := at[u.actor.OrgID]
		if !ok {
			i = len(groups)
			at[u.actor.OrgID] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], u)
	}
	return groups
}
