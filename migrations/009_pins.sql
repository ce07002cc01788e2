-- Pins with entrances, pins learned from visits, and pins to look at.

-- confirmed_on: from the day after it, several people's visits vouch for the pin. A version is not used for
-- the verdicts of those that it was made_from, by their visits or by their hand, up to the day it was made_on.
alter table pins
    add column entrances    jsonb,
    add column confirmed_on date,
    add column made_from    uuid[] not null default '{}',
    add column made_on      date,
    add column proposal_id  uuid,
    add check (made_on is not null or made_from = '{}');

update pins p
set made_from = array[p.created_by], made_on = (p.created_at at time zone o.time_zone)::date
from orgs o
where o.id = p.org_id and p.created_by is not null;

-- Computed, never changed, until a person decides or the pin is another one.
create table pin_proposals (
    org_id       uuid             not null,
    id           uuid             not null,
    retailer_id  uuid             not null,
    from_version integer          not null check (from_version >= 0), -- 0: there was no pin
    lat          double precision not null check (lat between -90 and 90),
    lon          double precision not null check (lon between -180 and 180),
    sigma_m      double precision not null check (sigma_m > 0 and sigma_m < 1000000),
    source       text             not null check (source in ('learned', 'first_visit')),
    entrances    jsonb,
    made_from    uuid[]           not null check (cardinality(made_from) > 0),
    people       integer          not null check (people > 0),
    visits       integer          not null check (visits > 0),
    days         integer          not null check (days > 0),
    spread_m     double precision not null,
    shift_m      double precision,
    near_old     double precision not null,
    near_new     double precision not null,
    influence_m  double precision not null,
    status       text             not null default 'proposed' check (status in ('proposed', 'accepted', 'refused', 'stale')),
    created_at   timestamptz      not null,
    decided_at   timestamptz,
    decided_by   uuid,
    reason       text             not null default '',
    changes      jsonb, -- to visits, by accepting it
    primary key (org_id, id),
    foreign key (org_id, retailer_id) references retailers,
    foreign key (org_id, decided_by) references users,
    check ((status = 'proposed') = (decided_at is null)),
    check ((status = 'accepted') = (changes is not null))
);

create unique index pin_proposals_open on pin_proposals (org_id, retailer_id)
    where status = 'proposed';
create index pin_proposals_retailer on pin_proposals (org_id, retailer_id, id);
create index pin_proposals_status on pin_proposals (org_id, status, id);

alter table pins
    add foreign key (org_id, proposal_id) references pin_proposals;

-- Derived: the pins that something spoke against last night, and the numbers they are ranked by.
create table pin_suspects (
    org_id      uuid        not null,
    retailer_id uuid        not null,
    pin_version integer     not null,
    severity    integer     not null check (severity > 0),
    reasons     text[]      not null,
    shift_m     double precision,
    sigmas      double precision,
    people      integer     not null,
    outside     double precision not null,
    sharing     integer     not null,
    territory_m double precision,
    decimals    integer     not null,
    judged      integer     not null,
    not_at      integer     not null,
    found_at    timestamptz not null,
    primary key (org_id, retailer_id),
    foreign key (org_id, retailer_id) references retailers
);

create index pin_suspects_rank on pin_suspects (org_id, severity desc, retailer_id);

---- create above / drop below ----

drop table pin_suspects;
alter table pins
    drop column entrances,
    drop column confirmed_on,
    drop column made_from,
    drop column made_on,
    drop column proposal_id;
drop table pin_proposals;
