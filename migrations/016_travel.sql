-- Where a plan's travel times come from, and how long it is under way.

-- A plan says which source its legs came from, which was wanted, and why legs are straight lines that were to come from
-- elsewhere. Plans made before counted 35 % of detour at 20 km/h, their metres without it.
alter table day_plans
    add column travel_source   text    not null default 'straight' check (travel_source in ('straight', 'roads', 'osrm', 'valhalla')),
    add column travel_wanted   text    not null default 'straight' check (travel_wanted in ('straight', 'roads', 'osrm', 'valhalla')),
    add column travel_fallback text    check (travel_fallback <> ''),
    add column travel_s        integer not null default 0 check (travel_s >= 0),
    add column before_s        integer not null default 0 check (before_s >= 0),
    add column optimised_s     integer not null default 0 check (optimised_s >= 0);

alter table plan_stops
    add column leg_s        integer not null default 0 check (leg_s >= 0),
    add column leg_straight boolean not null default true;

update day_plans
set travel_s = round(distance_m * 1.35 * 3.6 / 20), before_s = round(before_m * 1.35 * 3.6 / 20), optimised_s = round(optimised_m * 1.35 * 3.6 / 20);

update plan_stops
set leg_s = round(leg_m * 1.35 * 3.6 / 20);

alter table day_plans
    alter column travel_source drop default,
    alter column travel_wanted drop default,
    alter column travel_s drop default,
    alter column before_s drop default,
    alter column optimised_s drop default;

alter table plan_stops
    alter column leg_s drop default,
    alter column leg_straight drop default;

---- create above / drop below ----

alter table plan_stops
    drop column leg_s,
    drop column leg_straight;

alter table day_plans
    drop column travel_source,
    drop column travel_wanted,
    drop column travel_fallback,
    drop column travel_s,
    drop column before_s,
    drop column optimised_s;
