-- Findings of auditors that cannot be taken are kept as events are: they are somebody's work.

-- A finding may be larger than an event. Its id is that of a row of audit_findings as soon as one is taken under it.
alter table quarantine
    add column finding    boolean not null default false, -- it was to be a finding, and no event
    add column finding_id uuid,
    add column audit_id   uuid, -- as the finding says: whoever sees that audit hears of it
    add constraint quarantine_of_one_kind check (case when finding then event_id is null else num_nonnulls(finding_id, audit_id) = 0 end),
    drop constraint quarantine_raw_check,
    add constraint quarantine_raw_check check (length(raw) <= case when finding then 65536 else 16384 end);

---- create above / drop below ----

delete from quarantine
where finding;

alter table quarantine
    drop constraint quarantine_raw_check,
    drop constraint quarantine_of_one_kind,
    drop column audit_id,
    drop column finding_id,
    drop column finding,
    add constraint quarantine_raw_check check (length(raw) <= 16384);
