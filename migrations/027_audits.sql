-- Audits: what was promised before a draw, the draw, and what was changed of it by hand.

-- The head of each org's chain of commitments: locked by whoever adds the next one.
create table audit_chains (
    org_id uuid    not null references orgs,
    number bigint  not null check (number >= 0), -- of the last commitment; 0: there is none yet
    head   text    not null check (head ~ '^([0-9a-f]{64})?$'),
    primary key (org_id),
    check ((number = 0) = (head = ''))
);

-- What was committed to never changes; what follows is added once: the value, the beacon's output, the draw, the end.
create table audits (
    org_id         uuid        not null references orgs,
    id             uuid        not null,
    number         bigint      not null check (number > 0),
    unit_id        uuid        not null, -- whose retailers, with those of all units below it
    scope          text        not null check (scope <> ''), -- as committed to, and told in words by its fields
    asked          jsonb       not null, -- the scope in fields
    from_day       date        not null, -- of the claimed visits that are audited
    to_day         date        not null check (to_day >= from_day),
    spec           text        not null check (spec <> ''), -- as committed to, byte for byte
    beacon         text        not null default '', -- source and round; '' for none
    beacon_at      timestamptz, -- when its output becomes known
    secret         bytea       not null check (length(secret) = 32), -- told to nobody while the audit is open
    secret_hash    text        not null check (secret_hash ~ '^[0-9a-f]{64}$'),
    frame_hash     text        not null check (frame_hash ~ '^[0-9a-f]{64}$'),
    spec_hash      text        not null check (spec_hash ~ '^[0-9a-f]{64}$'),
    previous       text        not null check (previous ~ '^([0-9a-f]{64})?$'),
    hash           text        not null check (hash ~ '^[0-9a-f]{64}$'), -- of the commitment
    status         text        not null check (status in ('committed', 'valued', 'drawn', 'done', 'cancelled', 'lapsed')),
    form_id        uuid,                 -- the questions, of one version; null: the default form
    form_version   integer     not null check (form_version > 0),
    committed_at   timestamptz not null,
    committed_by   uuid        not null,
    lapses_at      timestamptz not null check (lapses_at > committed_at), -- unless it is drawn by then
    beside         bigint[]    not null default '{}', -- numbers of those before it that could draw the same retailers for the same days
    value          text        check (value <> ''),
    valued_at      timestamptz,
    valued_by      uuid,
    beacon_output  text        check (beacon_output <> ''),
    drawn_at       timestamptz,
    drawn_by       uuid,
    seed           text        check (seed ~ '^[0-9a-f]{64}$'),
    ended_at       timestamptz, -- done, cancelled or lapsed
    ended_by       uuid,        -- null: nobody, or the server when its time was over
    reason         text        not null default '', -- of who ended it
    primary key (org_id, id),
    unique (org_id, number),
    foreign key (org_id, unit_id) references units,
    foreign key (org_id, committed_by) references users,
    foreign key (org_id, valued_by) references users,
    foreign key (org_id, drawn_by) references users,
    foreign key (org_id, ended_by) references users,
    check ((beacon = '') = (beacon_at is null)),
    check ((value is null) = (valued_at is null) and (value is null) = (valued_by is null)),
    check ((drawn_at is null) = (seed is null) and (drawn_at is null) = (drawn_by is null)),
    check (drawn_at is null or value is not null and (beacon = '') = (beacon_output is null)),
    check ((status in ('done', 'cancelled', 'lapsed')) = (ended_at is not null)),
    check (status <> 'committed' or value is null),
    check (status <> 'valued' or value is not null and drawn_at is null),
    check (status not in ('drawn', 'done') or drawn_at is not null),
    check (status <> 'lapsed' or drawn_at is null),
    check (status <> 'cancelled' or ended_by is not null and reason <> '')
);

-- Nobody opens a second one for the same while the first may still suit them or not.
create unique index audits_open on audits (org_id, scope, from_day, to_day)
    where status in ('committed', 'valued');
create index audits_lapsing on audits (org_id, lapses_at)
    where status in ('committed', 'valued');

-- The frozen list, as CSV with names of columns: what the frame's hash is of, read back.
create table audit_frames (
    org_id    uuid    not null,
    audit_id  uuid    not null,
    retailers integer not null check (retailers > 0),
    content   text    not null,
    primary key (org_id, audit_id),
    foreign key (org_id, audit_id) references audits
);

-- What was picked, by chance or by hand. Rank, probability and role of what chance picked never change.
create table audit_picks (
    org_id      uuid             not null,
    audit_id    uuid             not null,
    retailer_id uuid             not null,
    code        text             not null check (code <> ''), -- as in the frame
    stratum     text             not null,
    rank        integer          check (rank > 0),
    probability double precision check (probability > 0 and probability <= 1),
    role        text             not null check (role in ('drawn', 'reserve', 'added')),
    standing    text             not null check (standing in ('in', 'waiting', 'out')), -- waiting: a reserve that nobody needed yet
    rep_id      uuid,            -- whose it was when the frame was frozen; null: nobody's
    territory_id uuid,
    class       text             not null default '',
    primary key (org_id, audit_id, retailer_id),
    unique (org_id, audit_id, stratum, rank),
    foreign key (org_id, audit_id) references audits,
    foreign key (org_id, retailer_id) references retailers,
    foreign key (org_id, rep_id) references users,
    foreign key (org_id, territory_id) references territories,
    check ((role = 'added') = (rank is null) and (role = 'added') = (probability is null)),
    check (standing <> 'waiting' or role = 'reserve')
);

create index audit_picks_retailer on audit_picks (org_id, retailer_id);

-- Changes by hand: what somebody asked for, and what somebody else said to it. Replacing takes a retailer that cannot
-- be visited out, and the next reserve of its stratum in.
create table audit_changes (
    org_id      uuid        not null,
    audit_id    uuid        not null,
    id          uuid        not null,
    kind        text        not null check (kind in ('remove', 'add', 'replace')),
    retailer_id uuid        not null,
    reserve_id  uuid,       -- the retailer that came in for it
    reason      text        not null check (reason <> ''),
    asked_at    timestamptz not null,
    asked_by    uuid        not null,
    decision    text        check (decision in ('accept', 'refuse', 'withdraw')), -- null: waits for a second person
    decided_at  timestamptz,
    decided_by  uuid,       -- null: the check-in at the closed shop was enough
    answer      text        not null default '',
    primary key (org_id, audit_id, id),
    foreign key (org_id, audit_id) references audits,
    foreign key (org_id, retailer_id) references retailers,
    foreign key (org_id, reserve_id) references retailers (org_id, id),
    foreign key (org_id, asked_by) references users,
    foreign key (org_id, decided_by) references users,
    check ((decision is null) = (decided_at is null)),
    check (decision is not null or decided_by is null),
    check (decided_by is not null or decision is null or kind = 'replace'),
    check ((decided_by = asked_by) = (decision = 'withdraw')),
    check (reserve_id is null or kind = 'replace')
);

create unique index audit_changes_waiting on audit_changes (org_id, audit_id, retailer_id)
    where decision is null;

---- create above / drop below ----

drop table audit_changes, audit_picks, audit_frames, audits, audit_chains;
