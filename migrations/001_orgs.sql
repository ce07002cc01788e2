-- Orgs, their units, their people and how they log in.
-- Every table of an org begins its keys with org_id, so that the schema can be distributed by org.

create table orgs (
    id         uuid        primary key,
    slug       text        not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    name       text        not null check (name <> ''),
    time_zone  text        not null check (time_zone <> ''),
    created_at timestamptz not null
);

create table units (
    org_id    uuid not null references orgs,
    id        uuid not null,
    parent_id uuid check (parent_id <> id),
    name      text not null check (name <> ''),
    primary key (org_id, id),
    unique (org_id, parent_id, name),
    foreign key (org_id, parent_id) references units
);

-- A tree has one root.
create unique index units_root on units (org_id) where parent_id is null;

create table users (
    org_id        uuid        not null references orgs,
    id            uuid        not null,
    unit_id       uuid        not null,
    name          text        not null check (name <> ''),
    display_name  text        not null,
    role          text        not null check (role in ('rep', 'supervisor', 'planner', 'admin')),
    active        boolean     not null default true,
    password_hash text        not null,
    home_lat      double precision check (home_lat between -90 and 90),
    home_lon      double precision check (home_lon between -180 and 180),
    created_at    timestamptz not null,
    primary key (org_id, id),
    foreign key (org_id, unit_id) references units,
    check ((home_lat is null) = (home_lon is null))
);

create unique index users_name on users (org_id, lower(name));
create index users_unit on users (org_id, unit_id);

-- A session is one login on one phone: a family of refresh tokens of which one is current.
create table sessions (
    org_id     uuid        not null,
    id         uuid        not null,
    user_id    uuid        not null,
    created_at timestamptz not null,
    revoked_at timestamptz,
    primary key (org_id, id),
    foreign key (org_id, user_id) references users
);

create index sessions_user on sessions (org_id, user_id) where revoked_at is null;

-- Only the SHA-256 of a token is kept.
create table refresh_tokens (
    org_id      uuid        not null,
    hash        bytea       not null check (length(hash) = 32),
    session_id  uuid        not null,
    issued_at   timestamptz not null,
    expires_at  timestamptz not null,
    replaced_at timestamptz,
    primary key (org_id, hash),
    foreign key (org_id, session_id) references sessions
);

create index refresh_tokens_session on refresh_tokens (org_id, session_id);

-- The server's own keys: infrastructure, of no org.
create table signing_keys (
    kid        text        primary key,
    seed       bytea       not null check (length(seed) = 32),
    created_at timestamptz not null,
    retired_at timestamptz
);

-- What administrators and planners did, by whom and why. Appended to, never changed.
create table audit_log (
    org_id   uuid        not null references orgs,
    id       uuid        not null,
    at       timestamptz not null,
    actor_id uuid,                    -- null: the command line of the server itself
    action   text        not null check (action <> ''),
    subject  text        not null,
    detail   jsonb       not null default '{}',
    primary key (org_id, id),
    foreign key (org_id, actor_id) references users
);

---- create above / drop below ----

drop table audit_log, signing_keys, refresh_tokens, sessions, users, units, orgs;
