-- Why the planning for a rep failed, in one stable word for whoever asked for it.

alter table journey_reps
    add column failure text not null default '',
    add constraint journey_reps_failure check (failure = '' or status = 'failed');

---- create above / drop below ----

alter table journey_reps
    drop constraint journey_reps_failure,
    drop column failure;
