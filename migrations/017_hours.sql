-- When retailers are open, as it was given.

alter table retailers
    add column opening_hours text not null default '';

---- create above / drop below ----

alter table retailers
    drop column opening_hours;
