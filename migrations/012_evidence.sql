-- What proves a visit beside positions.

-- What a retailer shows to whoever stands in the shop. The secret is that of a display, the key under which the
-- hashes of a printed list were made, or the hash of a tag's payload; it is never answered again.
create table retailer_tokens (
    org_id      uuid        not null,
    id          uuid        not null,
    retailer_id uuid        not null,
    kind        text        not null check (kind in ('totp', 'codes', 'tag')),
    secret      bytea       not null check (length(secret) between 16 and 64),
    created_at  timestamptz not null,
    created_by  uuid,
    revoked_at  timestamptz check (revoked_at >= created_at),
    primary key (org_id, id),
    foreign key (org_id, retailer_id) references retailers,
    foreign key (org_id, created_by) references users
);

create index retailer_tokens_retailer on retailer_tokens (org_id, retailer_id);

-- The codes of printed lists.
create table retailer_codes (
    org_id   uuid  not null,
    token_id uuid  not null,
    hash     bytea not null check (length(hash) = 32),
    primary key (org_id, token_id, hash),
    foreign key (org_id, token_id) references retailer_tokens
);

-- What was found of the evidence of events. Derived; may be emptied and derived again while the events have their
-- evidence. The second line of columns is the event's, as it was when it was looked at. A claim is what only one
-- visit may use: a printed code's hash, or a stripped photograph's. The first to have shown it has the status
-- that the item deserves by itself, the others are rejected.
create table event_evidence (
    org_id      uuid        not null,
    event_id    uuid        not null,
    n           smallint    not null check (n >= 0),
    visit_id    uuid        not null,
    rep_id      uuid        not null,
    retailer_id uuid        not null,
    day         date        not null,
    happened_at timestamptz not null,
    kind        text        not null check (kind in ('code', 'tag', 'photo')),
    token_id    uuid,
    photo       bytea       check (length(photo) = 32),
    distance_m  double precision,
    taken_at    timestamptz,
    claim       bytea       check (length(claim) = 32),
    alone       text        not null check (alone in ('accepted', 'pending', 'rejected')),
    status      text        not null check (status in (alone, 'rejected')),
    reason      text        not null check ((reason = '') = (status = 'accepted')),
    primary key (org_id, event_id, n),
    foreign key (org_id, event_id) references visit_events,
    foreign key (org_id, token_id) references retailer_tokens
);

create index event_evidence_claim on event_evidence (org_id, claim, happened_at, event_id, n)
    where claim is not null;
create index event_evidence_day on event_evidence (org_id, rep_id, retailer_id, day);

-- Locked by who decides which visit may use a claim, so that these decisions follow one another.
create table evidence_claims (
    org_id uuid  not null references orgs,
    claim  bytea not null check (length(claim) = 32),
    primary key (org_id, claim)
);

create index event_evidence_photo on event_evidence (org_id, rep_id, photo)
    where photo is not null;

-- Photographs that reps sent. Their content is elsewhere, by its sum, without what it said of place and time. When
-- the time of a row is over its position goes with it, and then its content, which is tried until it works.
create table photos (
    org_id      uuid        not null,
    rep_id      uuid        not null,
    sha256      bytea       not null check (length(sha256) = 32), -- of what was sent
    stored_sum  bytea       not null check (length(stored_sum) = 32),
    type        text        not null check (type in ('image/jpeg', 'image/png', 'image/webp')),
    bytes       integer     not null check (bytes > 0), -- of what is stored
    width       integer     not null check (width > 0),
    height      integer     not null check (height > 0),
    taken_at    timestamptz,
    received_at timestamptz not null,
    expired_at  timestamptz,
    deleted_at  timestamptz check (deleted_at >= expired_at),
    primary key (org_id, rep_id, sha256),
    foreign key (org_id, rep_id) references users
);

create index photos_sha256 on photos (org_id, sha256);
create index photos_stored on photos (org_id, stored_sum);
create index photos_kept on photos (org_id, received_at)
    where expired_at is null;
create index photos_leaving on photos (org_id, expired_at)
    where expired_at is not null and deleted_at is null;

-- Where photographs say that they were taken: positions, as those of event_fixes are.
create table photo_fixes (
    org_id     uuid             not null,
    rep_id     uuid             not null,
    sha256     bytea            not null,
    lat        double precision not null,
    lon        double precision not null,
    accuracy_m double precision,
    datum      text             not null check (datum in ('wgs84', 'gcj02', 'bd09')),
    primary key (org_id, rep_id, sha256),
    foreign key (org_id, rep_id, sha256) references photos
);

alter table reviews
    drop constraint reviews_decision_check,
    add constraint reviews_decision_check check (decision in ('credit', 'refuse', 'note', 'confirm'));

---- create above / drop below ----

update reviews
set decision = 'note'
where decision = 'confirm';

alter table reviews
    drop constraint reviews_decision_check,
    add constraint reviews_decision_check check (decision in ('credit', 'refuse', 'note'));

drop table photo_fixes, photos, evidence_claims, event_evidence, retailer_codes, retailer_tokens;
