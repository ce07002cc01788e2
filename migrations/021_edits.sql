-- Stops that stay where somebody put them.

alter table plan_stops
    add column locked boolean not null default false;

---- create above / drop below ----

alter table plan_stops
    drop column locked;
