-- A database with one of each pathology that can be planted by SQL; see test_health.py for the rest.
CREATE SCHEMA shop;
CREATE TABLE shop.customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
INSERT INTO shop.customers (name) SELECT 'c' || g FROM generate_series(1, 2000) g;
CREATE TABLE shop.orders (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id int NOT NULL REFERENCES shop.customers,
    placed_at timestamptz NOT NULL, status text NOT NULL, total numeric NOT NULL
);
INSERT INTO shop.orders (customer_id, placed_at, status, total)
SELECT 1 + g % 2000, timestamptz '2024-01-01' + g * interval '3 min', 'paid', g FROM generate_series(1, 50000) g;
CREATE INDEX orders_placed ON shop.orders (placed_at);
CREATE INDEX orders_placed_again ON shop.orders (placed_at);
CREATE INDEX orders_status ON shop.orders (status);
CREATE INDEX orders_status_placed ON shop.orders (status, placed_at);
CREATE INDEX orders_total ON shop.orders (total);
DO $$ BEGIN FOR n IN 1..30 LOOP PERFORM FROM shop.orders WHERE id = n; END LOOP; END $$;

CREATE TABLE keyless (a int, b text);
INSERT INTO keyless SELECT g % 3, 'b' FROM generate_series(1, 2000) g;

CREATE TABLE bloated (id int PRIMARY KEY, note text NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO bloated SELECT g, lpad(g::text, 300, 'x') FROM generate_series(1, 30000) g;
CREATE INDEX bloated_note ON bloated (note);
DELETE FROM bloated WHERE id % 10 <> 0;

CREATE TABLE stale (id int PRIMARY KEY, note text) WITH (autovacuum_enabled = off);
ANALYZE;
INSERT INTO stale SELECT g FROM generate_series(1, 20000) g;

CREATE TABLE numbered (id serial PRIMARY KEY, note text);
INSERT INTO numbered (id) VALUES (2000000000);
SELECT setval('numbered_id_seq', 2000000000);
