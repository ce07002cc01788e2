-- Proposals that share out one territory's retailers to days of the week, which the retailers then wish for.

alter table territory_proposals
    add column of_territory_id uuid, -- null: the territories of a unit are cut
    add foreign key (org_id, of_territory_id) references territories;

alter table proposal_territories
    add column weekday smallint check (weekday between 0 and 6), -- 0 is Monday; null: a territory
    drop constraint proposal_territories_check1,
    add constraint proposal_territories_stays check (fate = 'opens' or territory_id is not null or weekday is not null);

alter table proposal_retailers
    add column wished smallint check (wished between 0 and 127); -- when the register was read, if days are cut

---- create above / drop below ----

delete from proposal_edits e
where exists (select from territory_proposals p where p.org_id = e.org_id and p.id = e.proposal_id and p.of_territory_id is not null);

delete from proposal_retailers r
where exists (select from territory_proposals p where p.org_id = r.org_id and p.id = r.proposal_id and p.of_territory_id is not null);

delete from proposal_territories t
where exists (select from territory_proposals p where p.org_id = t.org_id and p.id = t.proposal_id and p.of_territory_id is not null);

delete from territory_proposals
where of_territory_id is not null;

alter table proposal_retailers
    drop column wished;

alter table proposal_territories
    drop constraint proposal_territories_stays,
    drop column weekday,
    add constraint proposal_territories_check1 check (fate = 'opens' or territory_id is not null);

alter table territory_proposals
    drop column of_territory_id;
