-- Journey plans: which retailer on which day over a cycle of weeks, and what retailers ask of it.

-- What a retailer asks of its days beside how often; none: any day, evenly spaced. Bit 0 is Monday.
create table retailer_rhythms (
    org_id      uuid     not null,
    retailer_id uuid     not null,
    weekdays    smallint not null default 127 check (weekdays between 1 and 127),
    wished      smallint not null default 0 check (wished between 0 and 127),
    wish_price  smallint not null default 0 check (wish_price between 0 and 1000),
    min_days    smallint check (min_days between 1 and 56), -- between two visits
    max_days    smallint check (max_days between 1 and 112),
    primary key (org_id, retailer_id),
    foreign key (org_id, retailer_id) references retailers,
    check (min_days <= max_days)
);

create table journey_plans (
    org_id      uuid        not null references orgs,
    id          uuid        not null,
    name        text        not null check (name <> ''),
    from_day    date        not null,
    weeks       smallint    not null check (weeks between 1 and 8),
    origin      text        not null check (origin in ('solver', 'file')),
    options     jsonb       not null,
    base_id     uuid, -- null: each rep's own plan in force
    status      text        not null check (status in ('planning', 'proposed', 'accepted', 'discarded', 'cancelled')),
    created_at  timestamptz not null,
    created_by  uuid        not null,
    finished_at timestamptz,
    decided_at  timestamptz,
    decided_by  uuid,
    reason      text        not null default '',
    primary key (org_id, id),
    foreign key (org_id, base_id) references journey_plans,
    foreign key (org_id, created_by) references users,
    foreign key (org_id, decided_by) references users,
    check ((status = 'planning') = (finished_at is null)),
    check ((status in ('accepted', 'discarded', 'cancelled')) = (decided_at is not null)),
    check ((decided_at is null) = (decided_by is null))
);

-- A rep's share of a plan. Accepted, it is in force on the days of [valid_from, valid_to).
create table journey_reps (
    org_id        uuid     not null,
    plan_id       uuid     not null,
    rep_id        uuid     not null,
    status        text     not null check (status in ('waiting', 'planned', 'failed', 'cancelled')),
    taken_at      timestamptz, -- when the input was
    input         jsonb,
    input_hash    bytea check (length(input_hash) = 32),
    base_id       uuid,    -- the plan of the rep that was in force then
    unknown_years integer[] not null default '{}', -- without data in the calendar
    days          integer not null default 0 check (days >= 0),
    visits        integer not null default 0 check (visits >= 0),
    travel_s      bigint  not null default 0 check (travel_s >= 0),
    service_s     bigint  not null default 0 check (service_s >= 0),
    distance_m    double precision not null default 0 check (distance_m >= 0),
    cv            double precision not null default 0 check (cv >= 0), -- of the days' seconds
    cost          bigint  not null default 0,
    moved         integer not null default 0 check (moved >= 0), -- visits on other days than the base has them
    travel_source   text check (travel_source in ('straight', 'roads', 'osrm', 'valhalla')),
    travel_wanted   text check (travel_wanted in ('straight', 'roads', 'osrm', 'valhalla')),
    travel_fallback text check (travel_fallback <> ''),
    valid_from    date,
    valid_to      date,
    primary key (org_id, plan_id, rep_id),
    foreign key (org_id, plan_id) references journey_plans,
    foreign key (org_id, rep_id) references users,
    foreign key (org_id, base_id) references journey_plans,
    check ((input is null) = (taken_at is null)),
    check ((input is null) = (input_hash is null)),
    check ((valid_from is null) = (valid_to is null)),
    check (valid_from <= valid_to),
    check (valid_from is null or status = 'planned')
);

-- Of all that were accepted for a rep, one at most has no end.
create unique index journey_reps_open on journey_reps (org_id, rep_id)
    where valid_to = 'infinity';
create index journey_reps_rep on journey_reps (org_id, rep_id, valid_from);

create table journey_beats (
    org_id     uuid             not null,
    plan_id    uuid             not null,
    rep_id     uuid             not null,
    day        date             not null,
    travel_s   integer          not null check (travel_s >= 0),
    service_s  integer          not null check (service_s >= 0),
    distance_m double precision not null check (distance_m >= 0),
    primary key (org_id, plan_id, rep_id, day),
    foreign key (org_id, plan_id, rep_id) references journey_reps
);

create table journey_stops (
    org_id      uuid             not null,
    plan_id     uuid             not null,
    rep_id      uuid             not null,
    day         date             not null,
    position    smallint         not null check (position > 0),
    retailer_id uuid             not null,
    planned_at  timestamptz      not null,
    service_s   integer          not null check (service_s >= 0),
    leg_m       double precision not null check (leg_m >= 0),
    leg_s       integer          not null check (leg_s >= 0),
    primary key (org_id, plan_id, rep_id, day, position),
    foreign key (org_id, plan_id, rep_id, day) references journey_beats,
    foreign key (org_id, retailer_id) references retailers
);

create unique index journey_stops_once on journey_stops (org_id, plan_id, rep_id, retailer_id, day);

-- Who gets fewer visits than wanted, and why.
create table journey_left_out (
    org_id      uuid    not null,
    plan_id     uuid    not null,
    rep_id      uuid    not null,
    retailer_id uuid    not null,
    reason      text    not null check (reason <> ''),
    wanted      integer not null check (wanted > 0),
    planned     integer not null check (planned between 0 and wanted),
    primary key (org_id, plan_id, rep_id, retailer_id),
    foreign key (org_id, plan_id, rep_id) references journey_reps,
    foreign key (org_id, retailer_id) references retailers
);

---- create above / drop below ----

drop table journey_left_out, journey_stops, journey_beats, journey_reps, journey_plans, retailer_rhythms;
