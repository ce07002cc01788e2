-- What somebody should look at, and what orders it. Nothing here changes a verdict or a credit.

-- Rep-days whose taps, or what is known of them, have changed since they were examined; each stands for
-- the days after it too. Written by uploads under the rep's lock.
create table rep_days_due (
    org_id uuid        not null,
    rep_id uuid        not null,
    day    date        not null,
    since  timestamptz not null,
    primary key (org_id, rep_id, day),
    foreign key (org_id, rep_id) references users
);

create table integrity_signals (
    org_id      uuid        not null,
    event_id    uuid        not null,
    name        text        not null check (name <> ''),
    visit_id    uuid        not null, -- the event's own, or the one that it says it ends
    rep_id      uuid        not null, -- the event's
    day         date        not null,
    family      text        not null check (family <> ''),
    weight      smallint    not null, -- tenths
    detail      jsonb       not null default '{}',
    examined_at timestamptz not null,
    primary key (org_id, event_id, name),
    foreign key (org_id, event_id) references visit_events,
    foreign key (org_id, rep_id) references users
);

create index integrity_signals_visit on integrity_signals (org_id, visit_id);

-- The sum of a visit's signals, of the same rep; none where it is not above zero.
create table visit_integrity (
    org_id   uuid     not null,
    visit_id uuid     not null,
    rep_id   uuid     not null,
    day      date     not null,
    score    smallint not null check (score > 0), -- tenths
    severity smallint check (severity between 1 and 100), -- null: too low to look at, or somebody has
    primary key (org_id, visit_id, rep_id),
    foreign key (org_id, rep_id) references users
);

create index visit_integrity_waiting on visit_integrity (org_id, severity desc, day desc, visit_id)
    where severity is not null;

-- Derived like the rest of a visit: how much somebody should look at what its position says. Visits that are
-- there already get it when they are derived again.
alter table visits
    add column severity smallint check (severity between 1 and 100); -- null: no need, or somebody has
alter table late_visits
    add column severity smallint check (severity between 1 and 100);

create index visits_waiting on visits (org_id, severity desc, day desc, id) include (rep_id, outcome)
    where severity is not null;

alter table quarantine
    add column resolved_by uuid,     -- null: the server, or nobody yet
    add column resolved_reason text check (resolved_reason <> ''),
    add foreign key (org_id, resolved_by) references users,
    add check (resolved_by is null or (resolved_at is not null and resolved_reason is not null));

create index reviews_at on reviews (org_id, created_at, id);

-- Who else has used a phone.
create index device_boots_device on device_boots (org_id, device_id, rep_id);

---- create above / drop below ----

drop index device_boots_device;
drop index reviews_at;
alter table quarantine
    drop column resolved_reason,
    drop column resolved_by;
drop index visits_waiting;
alter table late_visits
    drop column severity;
alter table visits
    drop column severity;
drop table visit_integrity, integrity_signals, rep_days_due;
