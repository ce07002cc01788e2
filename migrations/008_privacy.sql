-- When positions were deleted, and who looked at them before.

-- visit_events is appended to and never changed, with one exception: retention empties evidence and unknown, in
-- which a phone may have sent anything, positions too, and says when. What the event was is still told by
-- content_hash, and what was found by its verdicts.
alter table visit_events
    add column positions_deleted_at timestamptz,
    add check (positions_deleted_at is null or (evidence is null and unknown is null));

-- Events that still have positions.
create index visit_events_positions on visit_events (org_id, day)
    where positions_deleted_at is null;

-- An item whose raw was deleted stays: its hash still tells that it came before.
alter table quarantine
    add column raw_deleted_at timestamptz,
    add check (raw_deleted_at is null or raw = '');

create index quarantine_raw on quarantine (org_id, received_at)
    where raw_deleted_at is null;

-- Who looked at the positions of somebody else's visit, and what for. Appended to, never changed.
create table position_reads (
    org_id    uuid        not null,
    id        uuid        not null,
    visit_id  uuid        not null,
    rep_id    uuid        not null, -- whose positions
    reader_id uuid        not null check (reader_id <> rep_id),
    purpose   text        not null check (purpose <> ''),
    at        timestamptz not null,
    primary key (org_id, id),
    foreign key (org_id, visit_id) references visit_events,
    foreign key (org_id, rep_id) references users,
    foreign key (org_id, reader_id) references users
);

create index position_reads_rep on position_reads (org_id, rep_id, id);

---- create above / drop below ----

drop table position_reads;

drop index quarantine_raw;

alter table quarantine
    drop column raw_deleted_at;

drop index visit_events_positions;

alter table visit_events
    drop column positions_deleted_at;
