-- Tables without the indexes that queries on them would want.
CREATE SCHEMA depot;
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, city text NOT NULL, email text NOT NULL);
INSERT INTO customers SELECT g, 'Name ' || g, 'city' || g % 50, g || '@x.org' FROM generate_series(1, 20000) g;
CREATE TABLE depot.orders (
    id int PRIMARY KEY, customer_id int NOT NULL, state text NOT NULL, placed_at timestamp NOT NULL,
    total int NOT NULL, about jsonb NOT NULL, note text NOT NULL
);
INSERT INTO depot.orders
SELECT g, 1 + g % 20000, CASE WHEN g % 200 = 0 THEN 'lost' WHEN g % 2 = 0 THEN 'sent' ELSE 'paid' END,
       timestamp '2024-01-01' + g * interval '3 min', g % 997, jsonb_build_object('kind', g % 500), repeat('n', 60)
  FROM generate_series(1, 60000) g;
CREATE INDEX orders_placed ON depot.orders (placed_at);
CREATE TABLE small (id int, a int);
INSERT INTO small SELECT g, g FROM generate_series(1, 50) g;
CREATE VIEW customer_orders AS SELECT o.id, o.customer_id AS who, o.total FROM depot.orders o;
VACUUM ANALYZE;
