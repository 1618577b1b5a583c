-- A database in which nothing is wrong, with the things that look as if: small tables, partitions, unread indexes.
CREATE TYPE state AS ENUM ('new', 'paid', 'sent');
CREATE TABLE cities (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, parent_id int REFERENCES cities);
INSERT INTO cities (name) SELECT 'city' || g FROM generate_series(1, 40) g;
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, email text NOT NULL UNIQUE,
    city_id int NOT NULL REFERENCES cities, about jsonb NOT NULL DEFAULT '{}', born date
);
INSERT INTO customers (name, email, city_id, born)
SELECT 'c' || g, g || '@example.org', 1 + g % 40, date '1970-01-01' + g % 9000 FROM generate_series(1, 5000) g;
CREATE INDEX ON customers (city_id);
CREATE INDEX ON customers (lower(name));
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers,
    state state NOT NULL, placed_at timestamptz NOT NULL, total numeric(12, 2) NOT NULL
);
INSERT INTO orders (customer_id, state, placed_at, total)
SELECT 1 + g % 5000, (ARRAY['new', 'paid', 'sent'])[1 + g % 3]::state, timestamptz '2024-01-01' + g * interval '7 min', g / 7.0
  FROM generate_series(1, 30000) g;
CREATE INDEX ON orders (customer_id, placed_at);
CREATE INDEX ON orders (placed_at);
CREATE INDEX ON orders (placed_at) WHERE state = 'new';
CREATE TABLE tags (order_id bigint REFERENCES orders ON DELETE CASCADE, tag text, PRIMARY KEY (order_id, tag));
CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, at date NOT NULL, what text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX ON events (at);
INSERT INTO events (at, what) SELECT date '2024-01-01' + g % 700, 'seen' FROM generate_series(1, 5000) g;
CREATE MATERIALIZED VIEW sold AS SELECT state, count(*) AS orders, sum(total) AS total FROM orders GROUP BY state;
CREATE VIEW open_orders AS SELECT * FROM orders WHERE state = 'new';
CREATE TABLE empty_yet (id int PRIMARY KEY, note text);
UPDATE customers SET born = born + 1 WHERE id <= 100;
DO $$ BEGIN FOR n IN 1..60 LOOP
    PERFORM FROM orders WHERE customer_id = n; PERFORM FROM customers WHERE id = n;
END LOOP; END $$;
ANALYZE;
