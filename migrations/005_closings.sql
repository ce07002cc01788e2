-- Days that are closed, and what events have said of them since.

-- Every day up to and including through is closed; the latest row counts.
create table closings (
    org_id    uuid        not null references orgs,
    through   date        not null,
    reason    text        not null check (reason <> ''),
    closed_at timestamptz not null,
    closed_by uuid        not null,
    primary key (org_id, through),
    foreign key (org_id, closed_by) references users
);

-- Visits of closed days as they would be now, where that differs from the visit, or where there is none.
create table late_visits (
    like visits including constraints including defaults,
    primary key (org_id, id),
    foreign key (org_id, id) references visit_events
);

create index late_visits_day on late_visits (org_id, day, id);

---- create above / drop below ----

drop table late_visits, closings;
