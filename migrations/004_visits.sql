-- What phones said, what was found, and what follows from it.

-- Versions of how strict to be. A new version, never a change.
create table policies (
    org_id     uuid        not null references orgs,
    version    integer     not null check (version > 0),
    rules      jsonb       not null,
    reason     text        not null,
    created_at timestamptz not null,
    created_by uuid,
    primary key (org_id, version),
    foreign key (org_id, created_by) references users
);

-- Appended to, never changed. The id is the phone's; content_hash tells a repeat from a conflict.
-- Neither stop_id nor check_in_id is a foreign key: a stop may be planned away and a check-out may
-- arrive before its check-in, and evidence is never refused for that.
create table visit_events (
    org_id       uuid        not null,
    id           uuid        not null,
    rep_id       uuid        not null,
    kind         text        not null check (kind in ('check_in', 'check_out')),
    retailer_id  uuid        not null,
    stop_id      uuid,
    check_in_id  uuid,
    device_id    text        not null,
    boot_id      text        not null,
    seq          bigint      not null,
    device_time  timestamptz not null,
    uptime_ms    bigint      not null,
    sent_boot_id text,
    sent_time    timestamptz,
    sent_uptime_ms bigint,
    received_at  timestamptz not null,
    day          date        not null,
    note         text        not null default '',
    evidence     json,       -- as sent; json, because jsonb refuses an escaped NUL
    unknown      json,
    content_hash bytea       not null check (length(content_hash) = 32),
    primary key (org_id, id),
    foreign key (org_id, rep_id) references users,
    foreign key (org_id, retailer_id) references retailers,
    check ((kind = 'check_out') = (check_in_id is not null))
);

-- These indexes leave org_id out. Ids are unique in themselves, and an index that holds org_id and ends in
-- id tempts the planner, while the table is young and without statistics, to walk the whole org for one id.
-- The first is the order in which a rep's check-ins follow one another.
create index visit_events_check_ins on visit_events (rep_id, device_time, seq, id)
    where kind = 'check_in';
create index visit_events_check_outs on visit_events (check_in_id)
    where kind = 'check_out';
create index visit_events_received on visit_events (rep_id, received_at, id);

-- Positions, apart from the events: retention deletes here and nowhere else.
-- Coordinates have no limits: 91 degrees north is a finding, not an error. Null: the phone sent none.
create table event_fixes (
    org_id        uuid     not null,
    event_id      uuid     not null,
    n             smallint not null check (n > 0),
    lat           double precision,
    lon           double precision,
    accuracy_m    double precision,
    accuracy_kind text     not null,
    source        text     not null,
    datum         text     not null check (datum in ('wgs84', 'gcj02', 'bd09')),
    fix_time      timestamptz,
    mock          boolean  not null,
    altitude_m    double precision,
    speed_mps     double precision,
    heading_deg   double precision,
    primary key (org_id, event_id, n),
    foreign key (org_id, event_id) references visit_events
);

-- Findings, with every number they were judged by, so that they replay when the positions are gone.
create table verdicts (
    org_id         uuid        not null,
    event_id       uuid        not null,
    revision       integer     not null check (revision > 0),
    policy_version integer     not null,
    outcome        text        not null check (outcome in ('at_retailer', 'undecided', 'elsewhere')),
    reasons        text[]      not null,
    flags          text[]      not null, -- what else was noticed; no flag changes an outcome
    verdict        jsonb       not null,
    measured       jsonb       not null,
    judged_at      timestamptz not null,
    primary key (org_id, event_id, revision),
    foreign key (org_id, event_id) references visit_events,
    foreign key (org_id, policy_version) references policies
);

-- Derived from events and reviews; may be emptied and derived again.
create table visits (
    org_id        uuid        not null,
    id            uuid        not null, -- its check-in's
    rep_id        uuid        not null,
    retailer_id   uuid        not null,
    stop_id       uuid,
    day           date        not null,
    started_at    timestamptz not null,
    ended_at      timestamptz,
    end_estimated boolean     not null default false,
    check_out_id  uuid,
    dwell_s       double precision check (dwell_s >= 0),
    outcome       text        not null check (outcome in ('at_retailer', 'undecided', 'elsewhere')),
    credited      boolean     not null,
    credited_by   text,
    needs_review  boolean     not null,
    reasons       text[]      not null,
    primary key (org_id, id),
    foreign key (org_id, id) references visit_events,
    foreign key (org_id, rep_id) references users,
    foreign key (org_id, retailer_id) references retailers,
    check (credited = (credited_by is not null)),
    check ((dwell_s is not null) = (check_out_id is not null)),
    check (end_estimated = (ended_at is not null and check_out_id is null))
);

create index visits_day on visits (org_id, day, id);
create index visits_rep on visits (org_id, rep_id, day, id);
create index visits_retailer on visits (org_id, retailer_id, day desc);

create table reviews (
    org_id      uuid        not null,
    id          uuid        not null,
    visit_id    uuid        not null,
    reviewer_id uuid        not null,
    decision    text        not null check (decision in ('credit', 'refuse', 'note')),
    reason      text        not null check (reason <> ''),
    created_at  timestamptz not null,
    primary key (org_id, id),
    foreign key (org_id, visit_id) references visit_events,
    foreign key (org_id, reviewer_id) references users
);

create index reviews_visit on reviews (org_id, visit_id, created_at);

-- Items of an upload that are no events (yet), kept as they came, positions and all. The same item sent
-- again is one row.
create table quarantine (
    org_id      uuid        not null,
    id          uuid        not null,
    rep_id      uuid        not null,
    event_id    uuid,
    retailer_id uuid,
    code        text        not null check (code <> ''),
    problem     text        not null,
    raw         bytea       not null check (length(raw) <= 16384),
    raw_hash    bytea       not null check (length(raw_hash) = 32),
    sent        jsonb       not null default '{}',
    received_at timestamptz not null,
    resolved_at timestamptz,
    primary key (org_id, id),
    unique (org_id, rep_id, raw_hash),
    foreign key (org_id, rep_id) references users
);

create index quarantine_waiting on quarantine (org_id, retailer_id)
    where resolved_at is null;

---- create above / drop below ----

drop table quarantine, reviews, visits, verdicts, event_fixes, visit_events, policies;
