-- What retention has left until now, and who looked at it.

-- seen_through is the last day on which somebody was seen whose visits a proposal was made from. The point of one made
-- of few people's visits is as good as theirs, and goes when their positions do, unless it has become the pin.
alter table pin_proposals
    alter column lat drop not null,
    alter column lon drop not null,
    add column seen_through     date,
    add column point_deleted_at timestamptz,
    add check ((lat is null) = (point_deleted_at is not null)),
    add check ((lon is null) = (point_deleted_at is not null)),
    add check (point_deleted_at is null or (entrances is null and status in ('refused', 'stale')));

update pin_proposals p
set seen_through = (p.created_at at time zone o.time_zone)::date
from orgs o
where o.id = p.org_id;

alter table pin_proposals
    alter column seen_through set not null;

create index pin_proposals_points on pin_proposals (org_id, seen_through)
    where status <> 'accepted' and point_deleted_at is null;

-- A read is of a visit's positions, or of a proposal's that few people's visits made.
alter table position_reads
    alter column visit_id drop not null,
    add column proposal_id uuid,
    add foreign key (org_id, proposal_id) references pin_proposals,
    add check (num_nonnulls(visit_id, proposal_id) = 1);

alter table pin_suspects
    add column place_m double precision;

---- create above / drop below ----

alter table pin_suspects
    drop column place_m;

delete from position_reads
where proposal_id is not null;
alter table position_reads
    drop column proposal_id,
    alter column visit_id set not null;

delete from pin_proposals
where point_deleted_at is not null;
drop index pin_proposals_points;
alter table pin_proposals
    drop column seen_through,
    drop column point_deleted_at,
    alter column lat set not null,
    alter column lon set not null;
