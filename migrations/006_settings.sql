-- What an org decides for itself beside its policy. Changes are in the audit log.

alter table orgs
    add column settings jsonb not null default '{"position_days": 60}';

---- create above / drop below ----

alter table orgs
    drop column settings;
