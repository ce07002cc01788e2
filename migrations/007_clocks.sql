-- When things happened, by all clocks together.

-- Derived: what device_boots says of the tap. It follows them until its day is closed, and so does the day.
alter table visit_events
    add column happened_at timestamptz;

update visit_events
set happened_at = device_time;

alter table visit_events
    alter column happened_at set not null;

-- The order in which a rep's check-ins follow one another.
drop index visit_events_check_ins;
create index visit_events_check_ins on visit_events (rep_id, happened_at, seq, id)
    where kind = 'check_in';

-- What is known of one start of a phone, for one rep. Every column only ever moves one way, so that the
-- order in which uploads arrive does not matter. A mark is a receipt less the uptime that it was stamped at.
create table device_boots (
    org_id           uuid        not null,
    rep_id           uuid        not null,
    device_id        text        not null,
    boot_id          text        not null,
    first_seq        bigint,               -- null: it has only sent, of no event
    last_uptime_ms   bigint      not null,
    not_after        timestamptz not null, -- mark of its events and sendings: it started no later
    not_after_ms     bigint      not null,
    anchor           timestamptz,          -- mark of its sendings: it started little earlier
    anchor_ms        bigint,
    anchor_max       timestamptz,
    wall_min         timestamptz,          -- where its wall clock put the start
    wall_max         timestamptz,
    heard            timestamptz not null,
    primary key (org_id, rep_id, device_id, boot_id),
    foreign key (org_id, rep_id) references users,
    check ((anchor is null) = (anchor_ms is null) and (anchor is null) = (anchor_max is null)),
    check ((wall_min is null) = (wall_max is null))
);

---- create above / drop below ----

drop table device_boots;
drop index visit_events_check_ins;
alter table visit_events
    drop column happened_at;
create index visit_events_check_ins on visit_events (rep_id, device_time, seq, id)
    where kind = 'check_in';
