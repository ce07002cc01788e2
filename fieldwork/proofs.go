package fieldwork

import (
	"bytes"
	"context"
	"reflect"
	"slices"
	"time"

	"rounds"
	"rounds/clocks"
	"rounds/fieldwork/evidence"
	"rounds/geo"
	"rounds/store"
)

// Why evidence proves nothing, or not yet; beside [clocks.TimeUncertain], and what store gives to all but the
// first who show the same: code_used_before and photo_used_before.
const (
	unreadable   geo.Reason = "unreadable"
	codeWrong    geo.Reason = "code_wrong"    // none of this retailer's at the time of the event
	codeGuessed  geo.Reason = "code_guessed"  // not looked at: see wrongCodes
	tagWrong     geo.Reason = "tag_wrong"     // none of this retailer's at the time of the event
	tokenRevoked geo.Reason = "token_revoked" // before the event

	photoMissing   geo.Reason = "photo_missing"    // its rep has not sent it yet
	photoOtherTime geo.Reason = "photo_other_time" // taken more than ten minutes before or after
	photoElsewhere geo.Reason = "photo_elsewhere"  // taken outside the radius
	photoUnproved  geo.Reason = "photo_unproved"   // says too little of place or time: for a person to look at
)

// wrongCodes is how many wrong codes of a rep at a retailer on a day are looked at; what comes after them is not.
const wrongCodes = 5

// claim locks what only one visit may use, before any rep is locked.
func (g *recording) claim(ctx context.Context) error {
	w := &weighing{}
	for _, it := range g.items {
		e := it.event
		if len(evidence.Items(e.Evidence)) > 0 {
			w.shown = append(w.shown, store.Shown{RepID: e.RepID, RetailerID: e.RetailerID, Evidence: e.Evidence})
		}
	}
	if len(w.shown) == 0 {
		return nil
	}
	if err := w.loadShown(ctx, g.tx, g.org); err != nil || len(w.printed)+len(w.photos) == 0 {
		return err
	}
	var claims [][]byte
	for _, c := range w.printed {
		claims = append(claims, c.Hash)
	}
	for _, p := range w.photos {
		claims = append(claims, p.StoredSum)
	}
	return g.turn.claim(ctx, g.tx, claims)
}

// prove looks at the evidence of the new events and of those dated again, and gives the events whose visits it may
// change.
func (g *recording) prove(ctx context.Context, dated []rounds.EventID) ([]rounds.EventID, error) {
	look := slices.Clone(dated)
	for _, e := range g.fresh {
		if len(evidence.Items(e.Evidence)) > 0 {
			look = append(look, e.VisitEvent.ID)
		}
	}
	if len(look) == 0 {
		return nil, nil
	}
	changed, err := weigh(ctx, g.tx, g.turn, g.now, look)
	if err != nil || len(changed) == 0 {
		return nil, err
	}
	proofs, err := g.tx.Proofs(ctx, g.org, changed)
	g.proofs = map[rounds.EventID][]rounds.Proof{}
	for _, p := range proofs {
		g.proofs[p.EventID] = append(g.proofs[p.EventID], p)
	}
	return changed, err
}

// weighing is one look at the evidence of some events, by what is stored and nothing else: so that any order
// of arrival finds the same.
type weighing struct {
	shown   []store.Shown // in the order in which they happened
	before  map[rounds.EventID][]store.Weighed
	tokens  map[rounds.RetailerID][]store.SecretToken
	printed []store.PrintedCode
	photos  map[photoKey]rounds.Photo
	datums  geo.Datums // what the org means by those of the photographs
	wrong   map[guesses]int
	found   []store.Weighed
}

// guesses are counted by rep, retailer and day.
type guesses struct {
	rep      rounds.UserID
	retailer rounds.RetailerID
	day      rounds.Day
}

// weigh looks at the evidence of events whose reps are locked. It gives the events, theirs and those of others who
// showed the same, of which something else may be found now; their days are examined again.
func weigh(ctx context.Context, tx *store.Store, t *turn, now time.Time, events []rounds.EventID) ([]rounds.EventID, error) {
	w, claims, err := weighed(ctx, tx, t.org, events, nil)
	if err != nil || len(w.shown) == 0 {
		return nil, err
	}
	if err := t.claim(ctx, tx, claims); err != nil {
		return nil, err
	}
	changed := w.events()
	if err := tx.PutProofs(ctx, t.org, changed, w.found); err != nil {
		return nil, err
	}
	if len(claims) > 0 {
		settled, err := tx.SettleClaims(ctx, t.org, claims)
		if err != nil {
			return nil, err
		}
		changed = append(changed, settled...)
	}
	return changed, tx.MarkConfirmed(ctx, t.org, changed, now)
}

// weighed is what is new about the evidence around some events, and the claims that are about it. Events that have
// a pin here are held against that instead of the one that they were judged by.
func weighed(ctx context.Context, tx *store.Store, org rounds.OrgID, events []rounds.EventID, pins map[rounds.EventID]geo.Pin) (*weighing, [][]byte, error) {
	w := &weighing{before: map[rounds.EventID][]store.Weighed{}, wrong: map[guesses]int{}}
	around, err := tx.EvidenceAround(ctx, org, events)
	if err != nil || len(around) == 0 {
		return w, nil, err
	}
	if err := w.load(ctx, tx, org, around); err != nil {
		return w, nil, err
	}
	for _, e := range w.shown {
		if pin, ok := pins[e.ID]; ok {
			e.Pin = &pin
		}
		w.look(e)
	}
	return w, w.keepNews(), nil
}

func (w *weighing) events() []rounds.EventID {
	ids := make([]rounds.EventID, len(w.shown))
	for i, e := range w.shown {
		ids[i] = e.ID
	}
	return ids
}

func (w *weighing) load(ctx context.Context, tx *store.Store, org rounds.OrgID, events []rounds.EventID) error {
	var err error
	if w.shown, err = tx.ShownEvidence(ctx, org, events); err != nil {
		return err
	}
	before, err := tx.WeighedProofs(ctx, org, events)
	if err != nil {
		return err
	}
	for _, p := range before {
		w.before[p.EventID] = append(w.before[p.EventID], p)
	}
	return w.loadShown(ctx, tx, org)
}

func (w *weighing) loadShown(ctx context.Context, tx *store.Store, org rounds.OrgID) error {
	retailers := make([]rounds.RetailerID, len(w.shown))
	for i, e := range w.shown {
		retailers[i] = e.RetailerID
	}
	tokens, err := tx.SecretTokens(ctx, org, retailers)
	if err != nil {
		return err
	}
	w.tokens = map[rounds.RetailerID][]store.SecretToken{}
	for _, t := range tokens {
		w.tokens[t.RetailerID] = append(w.tokens[t.RetailerID], t)
	}
	codes, photos := w.named()
	if w.printed, err = tx.PrintedCodes(ctx, org, codes); err != nil {
		return err
	}
	return w.loadPhotos(ctx, tx, org, photos)
}

// named are the codes shown, as each list of the retailer would have them, and the photographs.
func (w *weighing) named() (codes []store.PrintedCode, photos []photoKey) {
	for _, e := range w.shown {
		for _, it := range evidence.Items(e.Evidence) {
			switch {
			case it.Kind == geo.EvidencePhoto:
				photos = append(photos, photoKey{e.RepID, it.Value})
			case it.Kind == geo.EvidenceCode && it.Value != "" && !evidence.IsRotating(it.Value):
				codes = append(codes, w.asListed(e.RetailerID, it.Value)...)
			}
		}
	}
	return codes, photos
}

func (w *weighing) asListed(r rounds.RetailerID, code string) (codes []store.PrintedCode) {
	for _, t := range w.tokens[r] {
		if t.Kind == rounds.TokenCodes {
			codes = append(codes, store.PrintedCode{TokenID: t.ID, Hash: evidence.CodeHash(t.Secret, code)})
		}
	}
	return codes
}

// look finds out about one event. Of one whose evidence has been deleted what was found stays.
func (w *weighing) look(e store.Shown) {
	day := guesses{e.RepID, e.RetailerID, e.Day}
	if e.Evidence == nil {
		for _, p := range w.before[e.ID] {
			w.found = append(w.found, p)
			w.count(day, p)
		}
		return
	}
	uncertain := slices.Contains(e.Flags, clocks.TimeUncertain)
	for _, it := range evidence.Items(e.Evidence) {
		p := store.Weighed{
			Proof:   rounds.Proof{EventID: e.ID, N: it.N, Kind: it.Kind},
			VisitID: e.VisitID, RepID: e.RepID, RetailerID: e.RetailerID, Day: e.Day, HappenedAt: e.HappenedAt,
		}
		switch {
		case it.Value == "":
			deserves(&p, rounds.ProofRejected, unreadable)
		case it.Kind == geo.EvidenceTag:
			w.lookAtTag(&p, it.Value, uncertain)
		case it.Kind == geo.EvidencePhoto:
			w.lookAtPhoto(&p, e, it.Value)
		case w.wrong[day] >= wrongCodes:
			deserves(&p, rounds.ProofRejected, codeGuessed)
		case evidence.IsRotating(it.Value):
			w.lookAtDisplay(&p, it.Value, uncertain)
		default:
			w.lookAtList(&p, it.Value, uncertain)
		}
		w.count(day, p)
		w.found = append(w.found, p)
	}
}

func (w *weighing) count(day guesses, p store.Weighed) {
	if p.Kind == geo.EvidenceCode && (p.Reason == codeWrong || p.Reason == tokenRevoked) {
		w.wrong[day]++
	}
}

func deserves(p *store.Weighed, status rounds.ProofStatus, reason geo.Reason) {
	p.Alone, p.Status, p.Reason = status, status, reason
}

// lookAtDisplay goes by the time of the event by all clocks; where that is hardly known, the code says nothing. A code
// is no claim: all who stand before the display in these minutes read the same one, and one person may show it at
// both taps. It is good for no other minutes, so whoever hands it on can do so only while somebody is in the shop;
// that looks like two honest people, and is no signal.
func (w *weighing) lookAtDisplay(p *store.Weighed, code string, uncertain bool) {
	if uncertain {
		deserves(p, rounds.ProofRejected, clocks.TimeUncertain)
		return
	}
	w.match(p, rounds.TokenTOTP, codeWrong, uncertain, func(t store.SecretToken) bool {
		return evidence.Shown(t.Secret, code, p.HappenedAt)
	})
}

// lookAtList makes a code that was printed a claim, as it is good for one visit.
func (w *weighing) lookAtList(p *store.Weighed, code string, uncertain bool) {
	w.match(p, rounds.TokenCodes, codeWrong, uncertain, func(t store.SecretToken) bool {
		hash := evidence.CodeHash(t.Secret, code)
		return slices.ContainsFunc(w.printed, func(c store.PrintedCode) bool { return c.TokenID == t.ID && bytes.Equal(c.Hash, hash) })
	})
	if p.Alone == rounds.ProofAccepted {
		i := slices.IndexFunc(w.tokens[p.RetailerID], func(t store.SecretToken) bool { return t.ID == p.TokenID })
		p.Claim = evidence.CodeHash(w.tokens[p.RetailerID][i].Secret, code)
	}
}

func (w *weighing) lookAtTag(p *store.Weighed, payload string, uncertain bool) {
	hash := evidence.TagHash(payload)
	w.match(p, rounds.TokenTag, tagWrong, uncertain, func(t store.SecretToken) bool { return bytes.Equal(t.Secret, hash) })
}

// match accepts what one of the retailer's tokens shows that was in use when the event happened. Where that is hardly
// known, one that is out of use by now says nothing: a phone set back would bring it back to life.
func (w *weighing) match(p *store.Weighed, kind rounds.TokenKind, wrong geo.Reason, uncertain bool, shows func(store.SecretToken) bool) {
	deserves(p, rounds.ProofRejected, wrong)
	for _, t := range w.tokens[p.RetailerID] {
		if t.Kind != kind || t.CreatedAt.After(p.HappenedAt) || !shows(t) {
			continue
		}
		switch {
		case t.RevokedAt == nil || !uncertain && p.HappenedAt.Before(*t.RevokedAt):
			p.TokenID = t.ID
			deserves(p, rounds.ProofAccepted, "")
			return
		case uncertain && p.HappenedAt.Before(*t.RevokedAt):
			deserves(p, rounds.ProofRejected, clocks.TimeUncertain)
		default:
			deserves(p, rounds.ProofRejected, tokenRevoked)
		}
	}
}

// keepNews forgets the events of which the same was found before, and gives the claims of the others: those made
// now and those made before, as whoever shared one with them may get it.
func (w *weighing) keepNews() (claims [][]byte) {
	found := map[rounds.EventID][]store.Weighed{}
	for _, p := range w.found {
		found[p.EventID] = append(found[p.EventID], p)
	}
	w.shown = slices.DeleteFunc(w.shown, func(e store.Shown) bool { return slices.EqualFunc(found[e.ID], w.before[e.ID], alike) })
	w.found = nil
	for _, e := range w.shown {
		w.found = append(w.found, found[e.ID]...)
		for _, p := range slices.Concat(found[e.ID], w.before[e.ID]) {
			if p.Claim != nil {
				claims = append(claims, p.Claim)
			}
		}
	}
	return claims
}

// alike compares what two looks found but for who else showed the same.
func alike(a, b store.Weighed) bool {
	for _, p := range []*store.Weighed{&a, &b} {
		if p.Status = ""; p.Alone != rounds.ProofRejected {
			p.Reason = ""
		}
	}
	return reflect.DeepEqual(a, b)
}
