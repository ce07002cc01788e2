-- Retailers, where they are, and whose they are.

create table retailers (
    org_id             uuid             not null references orgs,
    id                 uuid             not null,
    code               text             not null check (code <> ''),
    name               text             not null check (name <> ''),
    address            text             not null default '',
    class              text             not null default '',
    status             text             not null default 'active' check (status in ('active', 'suspended', 'closed')),
    service_s          integer          not null default 600 check (service_s between 0 and 86400),
    visits_per_8_weeks integer          not null default 8 check (visits_per_8_weeks between 0 and 112),
    order_volume       bigint           not null default 0 check (order_volume >= 0),
    radius_m           double precision check (radius_m > 0 and radius_m <= 100000),
    extra              jsonb            not null default '{}',
    created_at         timestamptz      not null,
    updated_at         timestamptz      not null,
    primary key (org_id, id),
    unique (org_id, code)
);

-- The pin in force is the one of the highest version.
create table pins (
    org_id      uuid             not null,
    retailer_id uuid             not null,
    version     integer          not null check (version > 0),
    lat         double precision not null check (lat between -90 and 90),
    lon         double precision not null check (lon between -180 and 180),
    sigma_m     double precision not null check (sigma_m > 0 and sigma_m < 1000000),
    source      text             not null check (source <> ''),
    reason      text             not null default '',
    created_at  timestamptz      not null,
    created_by  uuid,
    primary key (org_id, retailer_id, version),
    foreign key (org_id, retailer_id) references retailers,
    foreign key (org_id, created_by) references users
);

create table territories (
    org_id  uuid not null,
    id      uuid not null,
    unit_id uuid not null,
    name    text not null check (name <> ''),
    purpose text not null check (purpose in ('visit', 'ordering', 'delivery')),
    primary key (org_id, id),
    unique (org_id, purpose, name),
    unique (org_id, id, purpose),
    foreign key (org_id, unit_id) references units
);

-- Periods are half-open, [valid_from, valid_to), and do not overlap: each but the first names the end
-- of the one before it (previous_to), which must exist, may be named once, and may not lie later than
-- its own beginning. So the database proves it with plain unique keys, without an extension.
create table territory_retailers (
    org_id       uuid not null,
    purpose      text not null,
    retailer_id  uuid not null,
    territory_id uuid not null,
    valid_from   date not null,
    valid_to     date not null default 'infinity',
    previous_to  date,
    primary key (org_id, purpose, retailer_id, valid_from),
    unique (org_id, purpose, retailer_id, valid_to),
    unique (org_id, purpose, retailer_id, previous_to),
    foreign key (org_id, purpose, retailer_id, previous_to)
        references territory_retailers (org_id, purpose, retailer_id, valid_to),
    foreign key (org_id, retailer_id) references retailers,
    foreign key (org_id, territory_id, purpose) references territories (org_id, id, purpose),
    check (valid_from < valid_to),
    check (previous_to <= valid_from)
);

create unique index territory_retailers_first on territory_retailers (org_id, purpose, retailer_id)
    where previous_to is null;
create index territory_retailers_of on territory_retailers (org_id, territory_id, valid_to);

-- The same for who works a territory.
create table territory_reps (
    org_id       uuid not null,
    territory_id uuid not null,
    rep_id       uuid not null,
    valid_from   date not null,
    valid_to     date not null default 'infinity',
    previous_to  date,
    primary key (org_id, territory_id, valid_from),
    unique (org_id, territory_id, valid_to),
    unique (org_id, territory_id, previous_to),
    foreign key (org_id, territory_id, previous_to)
        references territory_reps (org_id, territory_id, valid_to),
    foreign key (org_id, territory_id) references territories,
    foreign key (org_id, rep_id) references users,
    check (valid_from < valid_to),
    check (previous_to <= valid_from)
);

create unique index territory_reps_first on territory_reps (org_id, territory_id)
    where previous_to is null;
create index territory_reps_of on territory_reps (org_id, rep_id, valid_to);

---- create above / drop below ----

drop table territory_reps, territory_retailers, territories, pins, retailers;
