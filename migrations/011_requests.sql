-- What reps ask to be put right, what was decided, and the visits that follow from it.

-- Appended to; only the decision is added, once. The id is the phone's, as that of an event is.
create table requests (
    org_id            uuid        not null,
    id                uuid        not null,
    rep_id            uuid        not null,
    kind              text        not null check (kind in ('forgotten_check_out', 'missed_check_in', 'dispute')),
    visit_id          uuid,        -- that it is about
    missed_id         uuid,        -- the same, where an accepted request made that visit
    check_in_id       uuid        generated always as (case when missed_id is null then visit_id end) stored,
    retailer_id       uuid        not null,
    stop_id           uuid,
    claimed_start     timestamptz,
    claimed_end       timestamptz,
    day               date        not null,
    outside_territory boolean     not null,
    reason            text        not null check (reason <> ''),
    created_at        timestamptz not null,
    status            text        not null check (status in ('open', 'accepted', 'refused', 'withdrawn')),
    decided_at        timestamptz,
    decided_by        uuid        check (decided_by <> rep_id),
    decision_reason   text        check (decision_reason <> ''),
    primary key (org_id, id),
    foreign key (org_id, rep_id) references users,
    foreign key (org_id, retailer_id) references retailers,
    foreign key (org_id, decided_by) references users,
    foreign key (org_id, check_in_id) references visit_events,
    foreign key (org_id, missed_id) references requests,
    check (missed_id = visit_id),
    check ((kind = 'missed_check_in') = (visit_id is null)),
    check ((kind = 'missed_check_in') = (claimed_start is not null)),
    check ((kind = 'dispute') = (claimed_end is null)),
    check (claimed_start < claimed_end),
    check (stop_id is null or kind = 'missed_check_in'),
    check ((status = 'open') = (decided_at is null)),
    check ((status in ('accepted', 'refused')) = (decided_by is not null)),
    check ((decided_by is null) = (decision_reason is null))
);

create index requests_day on requests (org_id, day, id);
create index requests_rep on requests (org_id, rep_id, day, id);
-- Like those of visit_events, this one leaves org_id out: an upload looks here for each of its visits.
create index requests_visit on requests (visit_id)
    where visit_id is not null;

-- A visit's id is that of its check-in or, where there was none, of the request that stands for it.
-- dwell_s is earned with a check-out or with a request that was accepted, by no estimate.
alter table visits
    add column request_id uuid,
    add column check_in_id uuid generated always as (case when request_id is null then id end) stored,
    drop constraint visits_org_id_id_fkey,
    drop constraint visits_check1,
    drop constraint visits_check2,
    add foreign key (org_id, check_in_id) references visit_events,
    add foreign key (org_id, request_id) references requests,
    add constraint visits_request check (request_id = id),
    add constraint visits_end check (case when ended_at is null then check_out_id is null and not end_estimated
        else check_out_id is null or not end_estimated end),
    add constraint visits_dwell check ((dwell_s is not null) = (ended_at is not null and not end_estimated));

alter table late_visits
    add column request_id uuid,
    add column check_in_id uuid generated always as (case when request_id is null then id end) stored,
    drop constraint late_visits_org_id_id_fkey,
    drop constraint visits_check1,
    drop constraint visits_check2,
    add foreign key (org_id, check_in_id) references visit_events,
    add foreign key (org_id, request_id) references requests,
    add constraint visits_request check (request_id = id),
    add constraint visits_end check (case when ended_at is null then check_out_id is null and not end_estimated
        else check_out_id is null or not end_estimated end),
    add constraint visits_dwell check ((dwell_s is not null) = (ended_at is not null and not end_estimated));

alter table reviews
    add column request_id uuid check (request_id = visit_id),
    add column check_in_id uuid generated always as (case when request_id is null then visit_id end) stored,
    drop constraint reviews_org_id_visit_id_fkey,
    add foreign key (org_id, check_in_id) references visit_events,
    add foreign key (org_id, request_id) references requests;

---- create above / drop below ----

-- What followed from requests goes with them; rederive gives the ends that estimates had.
delete from reviews where request_id is not null;
delete from late_visits where request_id is not null or (ended_at is not null and check_out_id is null and not end_estimated);
delete from visits where request_id is not null or (ended_at is not null and check_out_id is null and not end_estimated);

alter table reviews
    drop column check_in_id,
    drop column request_id,
    add foreign key (org_id, visit_id) references visit_events;

alter table late_visits
    drop constraint visits_dwell,
    drop constraint visits_end,
    drop column check_in_id,
    drop column request_id,
    add constraint visits_check1 check ((dwell_s is not null) = (check_out_id is not null)),
    add constraint visits_check2 check (end_estimated = (ended_at is not null and check_out_id is null)),
    add foreign key (org_id, id) references visit_events;

alter table visits
    drop constraint visits_dwell,
    drop constraint visits_end,
    drop column check_in_id,
    drop column request_id,
    add constraint visits_check1 check ((dwell_s is not null) = (check_out_id is not null)),
    add constraint visits_check2 check (end_estimated = (ended_at is not null and check_out_id is null)),
    add foreign key (org_id, id) references visit_events;

drop table requests;
