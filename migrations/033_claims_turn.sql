-- Whether a claimed visit counted when what a finding says of it was last held against that: if it comes to count otherwise, that waits,
-- or waits again after somebody has dealt with it.

alter table audit_claims
    add column counts boolean;

update audit_claims
set counts = credited;

alter table audit_claims
    alter column counts set not null;

---- create above / drop below ----

alter table audit_claims
    drop column counts;
