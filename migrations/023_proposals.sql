-- Territory proposals: other cuts of a unit's retailers into territories, looked at, changed by hand and accepted.

create table territory_proposals (
    org_id      uuid        not null references orgs,
    id          uuid        not null,
    unit_id     uuid        not null, -- whose territories, with those of all units below it
    name        text        not null check (name <> ''),
    purpose     text        not null check (purpose in ('visit', 'ordering', 'delivery')),
    origin      text        not null check (origin in ('solver', 'file')),
    ask         jsonb       not null,
    status      text        not null check (status in ('planning', 'proposed', 'failed', 'cancelled', 'accepted', 'discarded', 'rolled_back')),
    revision    integer     not null default 1 check (revision > 0),
    day         date        not null, -- as of which the register was read
    input_hash  bytea       not null check (length(input_hash) = 32),
    retailers   integer     not null check (retailers >= 0),
    progress    jsonb,
    findings    jsonb       not null default '[]',
    figures     jsonb,
    created_at  timestamptz not null,
    created_by  uuid        not null,
    finished_at timestamptz,
    decided_at  timestamptz,
    decided_by  uuid,
    reason      text        not null default '',
    valid_from  date,
    rolled_back date,
    primary key (org_id, id),
    foreign key (org_id, unit_id) references units,
    foreign key (org_id, created_by) references users,
    foreign key (org_id, decided_by) references users,
    check ((status = 'planning') = (finished_at is null)),
    check ((status in ('cancelled', 'accepted', 'discarded', 'rolled_back')) = (decided_at is not null)),
    check ((decided_at is null) = (decided_by is null)),
    check ((status in ('accepted', 'rolled_back')) = (valid_from is not null)),
    check ((status = 'rolled_back') = (rolled_back is not null)),
    check (rolled_back >= valid_from),
    check (figures is not null or status not in ('proposed', 'accepted', 'rolled_back'))
);

-- The territories of a proposal: today's, and those that open. Their numbers are in no other place than here.
create table proposal_territories (
    org_id        uuid             not null,
    proposal_id   uuid             not null,
    n             integer          not null check (n >= 0),
    territory_id  uuid, -- null: it has not opened yet
    name          text             not null check (name <> ''),
    unit_id       uuid             not null,
    rep_id        uuid,
    before_rep_id uuid,
    fate          text             not null check (fate in ('stays', 'opens', 'closes')),
    share         double precision not null check (share > 0 and share <= 100),
    home_lat      double precision check (home_lat between -90 and 90),
    home_lon      double precision check (home_lon between -180 and 180),
    frozen        boolean          not null default false,
    most          jsonb,
    primary key (org_id, proposal_id, n),
    unique (org_id, proposal_id, territory_id),
    unique (org_id, proposal_id, name),
    foreign key (org_id, proposal_id) references territory_proposals,
    foreign key (org_id, territory_id) references territories,
    foreign key (org_id, unit_id) references units,
    foreign key (org_id, rep_id) references users,
    foreign key (org_id, before_rep_id) references users,
    check ((home_lat is null) = (home_lon is null)),
    check (fate = 'opens' or territory_id is not null)
);

-- The retailers of a proposal as they were when the register was read, numbered in the order of their codes.
create table proposal_retailers (
    org_id      uuid               not null,
    proposal_id uuid               not null,
    n           integer            not null check (n >= 0),
    retailer_id uuid               not null,
    lat         double precision   not null check (lat between -90 and 90),
    lon         double precision   not null check (lon between -180 and 180),
    pin_version integer            not null check (pin_version > 0),
    loads       double precision[] not null,
    was         integer, -- territory by its number; null: none
    locked      integer, -- the same that it must be in
    now         integer, -- the same that it is to be in; null until it is planned
    primary key (org_id, proposal_id, n),
    unique (org_id, proposal_id, retailer_id),
    foreign key (org_id, proposal_id) references territory_proposals,
    foreign key (org_id, retailer_id) references retailers,
    foreign key (org_id, proposal_id, was) references proposal_territories (org_id, proposal_id, n),
    foreign key (org_id, proposal_id, locked) references proposal_territories (org_id, proposal_id, n),
    foreign key (org_id, proposal_id, now) references proposal_territories (org_id, proposal_id, n)
);

-- What was changed of a proposal by hand, by whom and why.
create table proposal_edits (
    org_id      uuid        not null,
    proposal_id uuid        not null,
    revision    integer     not null check (revision > 1), -- that it made
    at          timestamptz not null,
    by_id       uuid        not null,
    reason      text        not null check (reason <> ''),
    repaired    boolean     not null,
    moves       jsonb       not null,
    primary key (org_id, proposal_id, revision),
    foreign key (org_id, proposal_id) references territory_proposals,
    foreign key (org_id, by_id) references users
);

---- create above / drop below ----

drop table proposal_edits, proposal_retailers, proposal_territories, territory_proposals;
