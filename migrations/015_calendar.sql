-- On which days an org works, and which rep is on leave when.

-- What was announced for a year, or entered by hand; a year that is not here is unknown.
create table calendar_years (
    org_id     uuid        not null references orgs,
    year       integer     not null check (year between 2000 and 2100),
    changed_at timestamptz not null,
    changed_by uuid,       -- null: the command line
    primary key (org_id, year),
    foreign key (org_id, changed_by) references users
);

-- Days that do not go by their weekday. A date may stand with a neighbouring year too; the later year counts.
create table calendar_days (
    org_id  uuid    not null,
    year    integer not null,
    day     date    not null,
    name    text    not null,
    working boolean not null,
    primary key (org_id, year, day),
    foreign key (org_id, year) references calendar_years,
    check (day between make_date(year - 1, 12, 1) and make_date(year + 1, 1, 31))
);

create table leaves (
    org_id     uuid        not null,
    id         uuid        not null,
    rep_id     uuid        not null,
    from_day   date        not null,
    until_day  date        not null,
    reason     text        not null default '',
    created_at timestamptz not null,
    created_by uuid,       -- null: the command line
    primary key (org_id, id),
    foreign key (org_id, rep_id) references users,
    foreign key (org_id, created_by) references users,
    check (from_day <= until_day)
);

create index leaves_rep on leaves (org_id, rep_id, until_day);

---- create above / drop below ----

drop table leaves, calendar_days, calendar_years;
