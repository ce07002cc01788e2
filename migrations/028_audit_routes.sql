-- Who visits which drawn retailers on which day, in which order. No row is ever deleted: a phone may have read it and been
-- out of reach since, and a visit that names the stop is the auditor's for ever.

create table audit_routes (
    org_id          uuid             not null,
    id              uuid             not null,
    audit_id        uuid             not null,
    auditor_id      uuid             not null,
    day             date             not null,
    revision        integer          not null default 1 check (revision > 0),
    start_lat       double precision check (start_lat between -90 and 90),
    start_lon       double precision check (start_lon between -180 and 180),
    end_lat         double precision check (end_lat between -90 and 90),
    end_lon         double precision check (end_lon between -180 and 180),
    starts_at       timestamptz      not null,
    ends_at         timestamptz      not null check (ends_at >= starts_at),
    distance_m      double precision not null check (distance_m >= 0),
    travel_s        integer          not null check (travel_s >= 0),
    travel_source   text             not null,
    travel_wanted   text             not null,
    travel_fallback text             check (travel_fallback <> ''),
    created_at      timestamptz      not null,
    created_by      uuid             not null,
    withdrawn_at    timestamptz,      -- nobody goes it any more
    primary key (org_id, id),
    foreign key (org_id, audit_id) references audits,
    foreign key (org_id, auditor_id) references users,
    foreign key (org_id, created_by) references users,
    check ((start_lat is null) = (start_lon is null)),
    check ((end_lat is null) = (end_lon is null))
);

create unique index audit_routes_one on audit_routes (org_id, audit_id, auditor_id, day)
    where withdrawn_at is null;
create index audit_routes_auditor on audit_routes (org_id, auditor_id, day);

create table audit_stops (
    org_id          uuid             not null,
    route_id        uuid             not null,
    position        integer          check (position > 0), -- null: taken off the route
    id              uuid             not null, -- what an auditor's check-in names as its stop
    audit_id        uuid             not null,
    retailer_id     uuid             not null,
    planned_at      timestamptz      not null,
    service_s       integer          not null check (service_s >= 0),
    leg_m           double precision not null check (leg_m >= 0),
    leg_s           integer          not null check (leg_s >= 0),
    leg_straight    boolean          not null default false,
    outside_hours   boolean          not null default false,
    primary key (org_id, id),
    unique (org_id, route_id, position),
    foreign key (org_id, route_id) references audit_routes,
    foreign key (org_id, audit_id, retailer_id) references audit_picks
);

create unique index audit_stops_one on audit_stops (org_id, audit_id, retailer_id)
    where position is not null;

---- create above / drop below ----

drop table audit_stops, audit_routes;
