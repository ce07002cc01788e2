-- Addresses under which a calendar program reads a rep's stops. Whoever knows one reads them, so only its hash is kept.

create table calendar_feeds (
    org_id     uuid        not null,
    id         uuid        not null,
    rep_id     uuid        not null,
    hash       bytea       not null check (length(hash) = 32),
    created_at timestamptz not null,
    created_by uuid        not null,
    revoked_at timestamptz,
    primary key (org_id, id),
    unique (org_id, hash),
    foreign key (org_id, rep_id) references users,
    foreign key (org_id, created_by) references users
);

create index calendar_feeds_rep on calendar_feeds (org_id, rep_id, id);

---- create above / drop below ----

drop table calendar_feeds;
