-- Tables for the rules of lint_query.
CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL, nick text, born date, city_id int, joined timestamptz NOT NULL);
CREATE TABLE cities (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE sales (
    id bigint PRIMARY KEY, person_id int NOT NULL, referrer_id int, units int NOT NULL, amount double precision NOT NULL,
    price numeric NOT NULL, sold_at timestamp NOT NULL, code varchar(20) NOT NULL, region text NOT NULL
);
CREATE INDEX ON people (name);
CREATE INDEX ON people (joined);
CREATE INDEX ON sales (person_id);
CREATE INDEX ON sales (sold_at);
CREATE INDEX ON sales (lower(region));
CREATE INDEX ON sales (region);
CREATE VIEW everyone AS SELECT * FROM people;
