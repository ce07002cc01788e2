-- A change by hand on which nobody needs to decide any more: its retailer was replaced meanwhile by whoever stood before the closed
-- shop, or the audit has ended.

alter table audit_changes
    drop constraint audit_changes_decision_check,
    drop constraint audit_changes_check2,
    add constraint audit_changes_decision check (decision in ('accept', 'refuse', 'withdraw', 'overtaken')),
    add constraint audit_changes_decided check (decided_by is not null or decision is null or decision = 'overtaken' or kind = 'replace'),
    add constraint audit_changes_overtaken check (decision <> 'overtaken' or decided_by is null and reserve_id is null);

---- create above / drop below ----

delete from audit_changes where decision = 'overtaken';

alter table audit_changes
    drop constraint audit_changes_decision,
    drop constraint audit_changes_decided,
    drop constraint audit_changes_overtaken,
    add constraint audit_changes_decision_check check (decision in ('accept', 'refuse', 'withdraw')),
    add constraint audit_changes_check2 check (decided_by is not null or decision is null or kind = 'replace');
