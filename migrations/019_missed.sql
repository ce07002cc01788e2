-- Day plans made of journey plans at night, and calls that journey plans have and day plans do not.

alter table day_plans
    add column journey_id uuid, -- null: made otherwise
    add foreign key (org_id, journey_id) references journey_plans;

-- Written once a rep, day and retailer.
create table missed_calls (
    org_id      uuid        not null,
    rep_id      uuid        not null,
    day         date        not null,
    retailer_id uuid        not null,
    reason      text        not null check (reason in ('on_leave', 'no_time_left')),
    planned_on  date        not null, -- by the journey plan; before the day of a call that was overdue
    found_at    timestamptz not null,
    primary key (org_id, rep_id, day, retailer_id),
    foreign key (org_id, rep_id) references users,
    foreign key (org_id, retailer_id) references retailers,
    check (planned_on <= day)
);

create index missed_calls_day on missed_calls (org_id, day, rep_id, retailer_id);

---- create above / drop below ----

drop table missed_calls;
alter table day_plans
    drop column journey_id;
