-- A rep's day: which retailers, in which order.

create table day_plans (
    org_id       uuid             not null,
    id           uuid             not null,
    rep_id       uuid             not null,
    day          date             not null,
    revision     integer          not null default 1 check (revision > 0),
    ordered_by   text             not null check (ordered_by in ('solver', 'hand')),
    round_trip   boolean          not null,
    start_lat    double precision check (start_lat between -90 and 90),
    start_lon    double precision check (start_lon between -180 and 180),
    distance_m   double precision not null check (distance_m >= 0),
    before_m     double precision not null check (before_m >= 0),
    optimised_m  double precision not null check (optimised_m >= 0),
    created_at   timestamptz      not null,
    created_by   uuid,
    primary key (org_id, id),
    unique (org_id, rep_id, day),
    foreign key (org_id, rep_id) references users,
    foreign key (org_id, created_by) references users,
    check ((start_lat is null) = (start_lon is null))
);

create table plan_stops (
    org_id      uuid             not null,
    plan_id     uuid             not null,
    position    integer          not null check (position > 0),
    id          uuid             not null,
    retailer_id uuid             not null,
    planned_at  timestamptz      not null,
    service_s   integer          not null check (service_s >= 0),
    leg_m       double precision not null check (leg_m >= 0),
    primary key (org_id, plan_id, position),
    unique (org_id, id),
    unique (org_id, plan_id, retailer_id),
    foreign key (org_id, plan_id) references day_plans on delete cascade,
    foreign key (org_id, retailer_id) references retailers
);

---- create above / drop below ----

drop table plan_stops, day_plans;
