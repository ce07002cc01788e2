-- What network services said of phones that had no position of their own.

-- located_by is the service; null: the phone's own fix. An address may stand in place of coordinates: it is here
-- because retention deletes here.
alter table event_fixes
    add column located_by text check (located_by <> ''),
    add column address    text;

-- How asking about an event ended, so that nobody asks again.
create table event_lookups (
    org_id      uuid        not null,
    event_id    uuid        not null,
    answer      text        not null check (answer in ('found', 'not_found', 'given_up')),
    reason      text        not null, -- '' where found
    answered_at timestamptz not null,
    primary key (org_id, event_id),
    foreign key (org_id, event_id) references visit_events,
    check ((answer = 'found') = (reason = ''))
);

-- What a carrier knows the user's phone by, such as an MSISDN.
alter table users
    add column subscriber text check (length(subscriber) between 1 and 64);

---- create above / drop below ----

alter table users
    drop column subscriber;
drop table event_lookups;
delete from event_fixes
where located_by is not null;
alter table event_fixes
    drop column located_by,
    drop column address;
