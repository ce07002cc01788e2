-- Questionnaires: a new version, never a change. The default form has no row: it is part of the program.

create table audit_forms (
    org_id     uuid        not null references orgs,
    id         uuid        not null,
    version    integer     not null check (version > 0),
    title      text        not null check (title <> ''),
    form       jsonb       not null,
    created_at timestamptz not null,
    created_by uuid        not null,
    primary key (org_id, id, version),
    foreign key (org_id, created_by) references users
);

---- create above / drop below ----

drop table audit_forms;
