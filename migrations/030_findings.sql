-- What auditors saw, and which claimed visits it speaks of.

-- Appended to, never changed: a correction is another row. The id is the phone's.
create table audit_findings (
    org_id       uuid        not null,
    id           uuid        not null,
    audit_id     uuid        not null,
    retailer_id  uuid        not null,
    auditor_id   uuid        not null,
    corrects_id  uuid,       -- the finding of the same retailer that this one takes the place of
    check_in_id  uuid,       -- the auditor's, which may arrive later
    form_id      uuid,       -- null: the default form
    form_version integer     not null check (form_version > 0),
    met          text        not null check (met in ('visited', 'closed', 'refused', 'not_found')),
    answers      jsonb       not null, -- by the name of a question; {} where nobody could be asked
    says         jsonb       not null default '{}', -- by the id of a claimed visit: confirmed, refuted or cannot_tell
    note         text        not null default '',
    answered_at  timestamptz not null, -- by the phone
    received_at  timestamptz not null,
    content_hash bytea       not null check (length(content_hash) = 32),
    primary key (org_id, id),
    unique (org_id, corrects_id),
    foreign key (org_id, audit_id, retailer_id) references audit_picks,
    foreign key (org_id, auditor_id) references users,
    foreign key (org_id, corrects_id) references audit_findings (org_id, id)
);

-- One finding for each retailer of an audit counts: the last of its corrections.
create unique index audit_findings_first on audit_findings (org_id, audit_id, retailer_id)
    where corrects_id is null;
create index audit_findings_of on audit_findings (org_id, audit_id, retailer_id);
create index audit_findings_auditor on audit_findings (org_id, auditor_id, received_at);

-- Claimed visits of an audit's retailers and period, frozen with the finding that speaks of them.
create table audit_claims (
    org_id      uuid        not null,
    audit_id    uuid        not null,
    visit_id    uuid        not null, -- of visits, derived: no foreign key
    retailer_id uuid        not null,
    rep_id      uuid        not null, -- who claims to have been there
    day         date        not null,
    credited    boolean     not null, -- as it stood when the finding arrived
    outcome     text        not null check (outcome in ('at_retailer', 'undecided', 'elsewhere')),
    finding_id  uuid        not null,
    says        text        not null check (says in ('confirmed', 'refuted', 'cannot_tell')),
    severity    smallint    check (severity between 1 and 100), -- null: nothing to look at, or somebody has
    primary key (org_id, audit_id, visit_id),
    check (severity is null or says <> 'cannot_tell'),
    foreign key (org_id, audit_id, retailer_id) references audit_picks,
    foreign key (org_id, rep_id) references users,
    foreign key (org_id, finding_id) references audit_findings
);

create index audit_claims_visit on audit_claims (org_id, visit_id);
create index audit_claims_rep on audit_claims (org_id, rep_id, day);
create index audit_claims_waiting on audit_claims (org_id, severity desc, day desc, visit_id)
    where severity is not null;

create index audit_findings_retailer on audit_findings (org_id, retailer_id);

-- What an auditor's phone sends names a stop of a route of their own. It is kept with that stop for good, and its visit
-- is no rep's claim.
alter table visit_events
    add column audit_stop_id uuid,
    add foreign key (org_id, audit_stop_id) references audit_stops (org_id, id);
alter table requests
    add column audit_stop_id uuid,
    add foreign key (org_id, audit_stop_id) references audit_stops (org_id, id);
create index visit_events_audit_stop on visit_events (org_id, audit_stop_id)
    where audit_stop_id is not null;
create index requests_audit_stop on requests (org_id, audit_stop_id)
    where audit_stop_id is not null;

alter table visits
    add column audit boolean not null default false;
alter table late_visits
    add column audit boolean not null default false;

---- create above / drop below ----

alter table late_visits
    drop column audit;
alter table visits
    drop column audit;
alter table requests
    drop column audit_stop_id;
alter table visit_events
    drop column audit_stop_id;
drop table audit_claims, audit_findings;
