-- Who visits which drawn retailers on which day, in which order.

create table audit_routes (
    org_id       uuid             not null,
    id           uuid             not null,
    audit_id     uuid             not null,
    auditor_id   uuid             not null,
    day          date             not null,
    revision     integer          not null default 1 check (revision > 0),
    start_lat    double precision check (start_lat between -90 and 90),
    start_lon    double precision check (start_lon between -180 and 180),
    end_lat      double precision check (end_lat between -90 and 90),
    end_lon      double precision check (end_lon between -180 and 180),
    starts_at    timestamptz      not null,
    ends_at      timestamptz      not null check (ends_at >= starts_at),
    distance_m   double precision not null check (distance_m >= 0),
    travel_s     integer          not null check (travel_s >= 0),
    created_at   timestamptz      not null,
    created_by   uuid             not null,
    primary key (org_id, id),
    unique (org_id, audit_id, auditor_id, day),
    foreign key (org_id, audit_id) references audits,
    foreign key (org_id, auditor_id) references users,
    foreign key (org_id, created_by) references users,
    check ((start_lat is null) = (start_lon is null)),
    check ((end_lat is null) = (end_lon is null))
);

create index audit_routes_auditor on audit_routes (org_id, auditor_id, day);

create table audit_stops (
    org_id       uuid             not null,
    route_id     uuid             not null,
    position     integer          not null check (position > 0),
    id           uuid             not null, -- what an auditor's check-in names as its stop
    audit_id     uuid             not null,
    retailer_id  uuid             not null,
    planned_at   timestamptz      not null,
    service_s    integer          not null check (service_s >= 0),
    leg_m        double precision not null check (leg_m >= 0),
    leg_s        integer          not null check (leg_s >= 0),
    outside_hours boolean         not null default false,
    primary key (org_id, route_id, position),
    unique (org_id, id),
    unique (org_id, audit_id, retailer_id),
    foreign key (org_id, route_id) references audit_routes on delete cascade,
    foreign key (org_id, audit_id, retailer_id) references audit_picks
);

---- create above / drop below ----

drop table audit_stops, audit_routes;
