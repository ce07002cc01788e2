-- Whom a day's plan cannot serve while they are open, and stops that somebody put at a time when they are not.

create table plan_left_out (
    org_id      uuid not null,
    plan_id     uuid not null,
    retailer_id uuid not null,
    reason      text not null check (reason in ('never_open', 'too_far', 'no_time_left')),
    primary key (org_id, plan_id, retailer_id),
    foreign key (org_id, plan_id) references day_plans on delete cascade,
    foreign key (org_id, retailer_id) references retailers
);

alter table plan_stops
    add column outside_hours boolean not null default false;

---- create above / drop below ----

alter table plan_stops
    drop column outside_hours;

drop table plan_left_out;
