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

drop table evidence_claims, event_evidence, retailer_codes, retailer_tokens;
