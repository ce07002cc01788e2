-- Who stands around a place: a band of latitudes, and of them those between two meridians.

create index pins_place on pins (org_id, lat, lon);

---- create above / drop below ----

drop index pins_place;
